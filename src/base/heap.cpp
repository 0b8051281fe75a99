#include "base/heap.hpp"

#include <cstdlib>  // defines __GLIBC__
#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <atomic>

namespace latentrt {
namespace {

constexpr std::size_t kWorthwhile = std::size_t{64} << 20;  // bytes

std::atomic<std::size_t> given_up = 0;

}  // namespace

void give_back_heap([[maybe_unused]] std::size_t bytes) {
  if (given_up.fetch_add(bytes) + bytes < kWorthwhile) return;
  given_up = 0;
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}

}  // namespace latentrt
