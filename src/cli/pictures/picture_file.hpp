#pragma once
/// Pictures in files of any format that is read.

#include <filesystem>
#include <latentrt/image.hpp>

namespace latentrt::cli {

/// A PNG, JPEG or WebP file, told by its content, as 8-bit RGB, turned as its EXIF orientation says. Throws Error: not_found;
/// bad_file for a damaged file; unsupported for another format.
Image read_picture(const std::filesystem::path& file);

/// Whether the name ends like one of those formats, in upper or lower case.
bool named_like_picture(const std::filesystem::path& file);

}  // namespace latentrt::cli
