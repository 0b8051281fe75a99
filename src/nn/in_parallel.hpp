#pragma once

#include <ATen/Parallel.h>

#include <cstdint>
#include <functional>

namespace latentrt::nn {

/// The kernels' ParallelFor, on LibTorch's threads.
inline void in_parallel(std::int64_t count,
                        const std::function<void(std::int64_t, std::int64_t)>& work) {
  at::parallel_for(0, count, 1, work);
}

}  // namespace latentrt::nn
