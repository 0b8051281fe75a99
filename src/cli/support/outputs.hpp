#pragma once
/// What is checked of output files before anything is computed.

#include <filesystem>
#include <span>
#include <vector>

namespace latentrt::cli {

/// o.png, o-1.png, o-2.png, ...
std::vector<std::filesystem::path> numbered_outputs(const std::filesystem::path& first, int count);

/// Makes a folder, and those above it, where it does not exist. Throws Error(invalid_argument) where that is impossible or
/// nothing can be written to it.
void make_folder(const std::filesystem::path& folder);
/// make_folder() for the folder of a file that will be written; also refuses a path that is a directory. It is called before
/// anything is computed.
void prepare_output(const std::filesystem::path& file);

/// Throws Error(invalid_argument) that names both when two of the paths are the same file: by another spelling, through a
/// link, or as two names of one file that is there.
void refuse_same_outputs(std::span<const std::filesystem::path> files);

/// Throws Error(invalid_argument) when the file could be one of the PNG files that go to the folder.
void refuse_among_frames(const std::filesystem::path& file, const std::filesystem::path& folder);

}  // namespace latentrt::cli
