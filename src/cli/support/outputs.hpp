#pragma once
/// What is checked of output files before anything is computed.

#include <filesystem>
#include <span>
#include <vector>

namespace latentrt::cli {

/// o.png, o-1.png, o-2.png, ...
std::vector<std::filesystem::path> numbered_outputs(const std::filesystem::path& first, int count);

/// Throws Error(invalid_argument) when the folder does not exist, is not writable, or the path is a directory:
/// before anything is computed.
void check_writable(const std::filesystem::path& file);

/// Throws Error(invalid_argument) that names both when two of the paths are the same file: by another spelling, through a
/// link, or as two names of one file that is there.
void refuse_same_outputs(std::span<const std::filesystem::path> files);

/// Throws Error(invalid_argument) when the file could be one of the PNG files that go to the folder.
void refuse_among_frames(const std::filesystem::path& file, const std::filesystem::path& folder);

}  // namespace latentrt::cli
