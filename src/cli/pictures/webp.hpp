#pragma once
/// WebP files.

#include <filesystem>
#include <latentrt/image.hpp>

namespace latentrt::cli {

/// A still picture as 8-bit RGB (alpha is dropped), turned as its EXIF orientation says. Throws Error: not_found, bad_file;
/// unsupported for an animation.
Image read_webp(const std::filesystem::path& file);

}  // namespace latentrt::cli
