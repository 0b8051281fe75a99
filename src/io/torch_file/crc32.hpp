#pragma once

#include <cstdint>

#include "base/input_file.hpp"

namespace latentrt::io {

/// The CRC-32 of zip archives (polynomial 0xEDB88320) of a range of the file.
std::uint32_t crc32_of(const InputFile& file, std::uint64_t begin, std::uint64_t end);

}  // namespace latentrt::io
