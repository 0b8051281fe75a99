#pragma once
/// Checks of output files before anything is computed.

#include <filesystem>
#include <span>
#include <vector>

namespace latentrt::cli {

/// o.png, o-1.png, o-2.png, ...
std::vector<std::filesystem::path> numbered_outputs(const std::filesystem::path& first, int count);

/// Creates a folder and its parents if missing. Throws Error(invalid_argument) if that fails or the
/// folder is not writable.
void make_folder(const std::filesystem::path& folder);
/// make_folder() for the folder of an output file; also refuses a path that is a directory. To be
/// called before anything is computed.
void prepare_output(const std::filesystem::path& file);

/// Throws Error(invalid_argument) that names both if two of the paths are the same file: by another
/// spelling, through a link, or as two names of one existing file.
void refuse_same_outputs(std::span<const std::filesystem::path> files);

/// Throws Error(invalid_argument) if the file could be one of the PNG files that are written to the
/// folder.
void refuse_among_frames(const std::filesystem::path& file, const std::filesystem::path& folder);

}  // namespace latentrt::cli
