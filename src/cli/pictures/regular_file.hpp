#pragma once
/// Files from strangers, opened for reading.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

namespace latentrt::cli {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

/// Throws Error: not_found; bad_file for what is no regular file or may not be read.
File open_regular(const std::filesystem::path& file);

/// The whole of it. Throws Error as open_regular() does, and bad_file above `most` bytes.
std::vector<std::uint8_t> read_regular(const std::filesystem::path& file, std::uint64_t most);

/// Refuses a picture whose file is too small to hold it, before there is memory for its pixels: `pixels_per_byte` is more than
/// its format can express. Throws Error(bad_file).
void check_room(const std::filesystem::path& file, std::uint64_t width, std::uint64_t height,
                double pixels_per_byte);

}  // namespace latentrt::cli
