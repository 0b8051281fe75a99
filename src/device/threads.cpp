#include <latentrt/threads.hpp>

#include <ATen/Parallel.h>
#include <sched.h>

#include <algorithm>

namespace latentrt {

int threads_beside_host() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  const bool known = sched_getaffinity(0, sizeof cores, &cores) == 0;
  const int count = known ? CPU_COUNT(&cores) : at::get_num_threads();
  return std::max(1, std::min(count - 1, at::get_num_threads()));
}

}  // namespace latentrt
