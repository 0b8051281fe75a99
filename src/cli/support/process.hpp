#pragma once
/// Information of the system about this process.

#include <cstdint>

namespace latentrt::cli {

/// The largest resident set so far, in bytes.
std::uint64_t peak_memory_bytes();

/// Seconds since the system created the process, so that loading its libraries counts; to a
/// hundredth.
double seconds_since_start();

}  // namespace latentrt::cli
