#pragma once

#include <cstdint>

namespace latentrt::cli {

/// The largest resident set of this process so far, in bytes.
std::uint64_t peak_memory_bytes();

}  // namespace latentrt::cli
