#pragma once
/// Opens untrusted files for reading.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

namespace latentrt::cli {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

/// Throws Error: not_found; bad_file if it is not a regular file or may not be read.
File open_regular(const std::filesystem::path& file);

/// Reads the whole file. Throws Error as open_regular() does, and bad_file above `most` bytes.
std::vector<std::uint8_t> read_regular(const std::filesystem::path& file, std::uint64_t most);

/// Refuses a picture whose file is too small to contain it, before memory for its pixels is
/// allocated: `pixels_per_byte` is an upper bound of its format. Throws Error(bad_file).
void check_room(const std::filesystem::path& file, std::uint64_t width, std::uint64_t height,
                double pixels_per_byte);

}  // namespace latentrt::cli
