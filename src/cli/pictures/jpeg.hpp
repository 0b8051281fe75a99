#pragma once
/// JPEG files.

#include <filesystem>
#include <latentrt/image.hpp>

namespace latentrt::cli {

/// As 8-bit RGB (grey is spread), turned as its EXIF orientation says. Throws Error: not_found; bad_file, also for a file that
/// is cut or damaged and whose rest could be shown; unsupported for CMYK.
Image read_jpeg(const std::filesystem::path& file);

}  // namespace latentrt::cli
