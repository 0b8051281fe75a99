#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>

#include "support/sanitizers.hpp"

namespace latentrt::testing {

/// Sanitizers reserve terabytes of address space.
constexpr bool kCanLimitMemory = !kSanitizer;

/// Lets the process map only this many bytes more than it has now. For child processes of death
/// tests.
inline void limit_further_memory(std::uint64_t bytes) {
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlim_t limit = pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) + bytes;
  const rlimit both{limit, limit};
  setrlimit(RLIMIT_AS, &both);
}

}  // namespace latentrt::testing
