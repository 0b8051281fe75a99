#pragma once
/// Reads and writes PNG files, with text chunks.

#include <cstdint>
#include <filesystem>
#include <latentrt/image.hpp>
#include <string>
#include <utility>
#include <vector>

namespace latentrt::cli {

using TextChunks = std::vector<std::pair<std::string, std::string>>;

/// Reads any PNG as 8-bit RGB (alpha is dropped, grey is expanded), rotated according to its EXIF
/// orientation. Throws Error(not_found, bad_file, invalid_argument).
Image read_png(const std::filesystem::path& file);

/// The bytes of an RGB PNG with text chunks (UTF-8).
std::vector<std::uint8_t> encode_png(const Image& image, const TextChunks& texts);

}  // namespace latentrt::cli
