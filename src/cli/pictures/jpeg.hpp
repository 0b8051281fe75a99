#pragma once
/// JPEG files.

#include <filesystem>
#include <latentrt/image.hpp>

namespace latentrt::cli {

/// Reads 8-bit RGB (grey is expanded), rotated according to its EXIF orientation. Throws Error:
/// not_found; bad_file, also for a truncated or damaged file of which a part could be decoded;
/// unsupported for CMYK.
Image read_jpeg(const std::filesystem::path& file);

}  // namespace latentrt::cli
