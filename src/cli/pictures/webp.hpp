#pragma once
/// WebP files.

#include <filesystem>
#include <latentrt/image.hpp>

namespace latentrt::cli {

/// Reads a still picture as 8-bit RGB (alpha is dropped), rotated according to its EXIF
/// orientation. Throws Error: not_found, bad_file; unsupported for an animation.
Image read_webp(const std::filesystem::path& file);

}  // namespace latentrt::cli
