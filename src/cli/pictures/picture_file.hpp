#pragma once
/// Reads pictures of all supported file formats.

#include <filesystem>
#include <latentrt/image.hpp>

namespace latentrt::cli {

/// Reads a PNG, JPEG or WebP file, identified by its content, as 8-bit RGB, rotated according to
/// its EXIF orientation. Throws Error: not_found; bad_file for a damaged file; unsupported for
/// another format.
Image read_picture(const std::filesystem::path& file);

/// Whether the name ends with an extension of one of those formats, in upper or lower case.
bool named_like_picture(const std::filesystem::path& file);

}  // namespace latentrt::cli
