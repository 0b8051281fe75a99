#include "cli/support/memory.hpp"

#include <sys/resource.h>

namespace latentrt::cli {

std::uint64_t peak_memory_bytes() {
  constexpr std::uint64_t kKibibyte = 1024;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * kKibibyte;
}

}  // namespace latentrt::cli
