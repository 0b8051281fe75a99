#pragma once
/// What the system knows about this process.

#include <cstdint>

namespace latentrt::cli {

/// The largest resident set so far, in bytes.
std::uint64_t peak_memory_bytes();

/// Since the system made the process, so that loading its libraries counts; to a hundredth.
double seconds_since_start();

}  // namespace latentrt::cli
