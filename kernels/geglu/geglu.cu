#include "kernels/geglu/geglu.h"

#include <algorithm>

#include "device/cuda/cuda_check.h"
#include "kernels/geglu/geglu_math.h"

namespace latentrt::kernels {
namespace {

constexpr int kMaxThreads = 256;

struct CudaBlock {
  __device__ int lane() const { return static_cast<int>(threadIdx.x); }
  __device__ int lanes() const { return static_cast<int>(blockDim.x); }
  __device__ std::int64_t row() const { return blockIdx.x; }
};

template <class T, int kWidth>
__global__ void __launch_bounds__(kMaxThreads) geglu_kernel(const GegluArgs args) {
  geglu_block<T, kWidth>(CudaBlock{}, args);
}

/// Whole warps, such that the pack counts per thread differ by at most one.
int threads_for(std::int64_t packs) {
  const std::int64_t turns = (packs + kMaxThreads - 1) / kMaxThreads;
  return static_cast<int>(((packs + turns - 1) / turns + 31) / 32 * 32);
}

}  // namespace

void geglu(const GegluArgs& args, Stream stream) {
  check(args);
  if (args.rows == 0 || args.size == 0) return;
  with_instance(args, [&](auto element, auto width) {
    geglu_kernel<decltype(element), width.value>
        <<<static_cast<unsigned>(args.rows), threads_for(args.size / width.value), 0, stream>>>(
            args);
    cuda_check(cudaGetLastError(), "geglu");
  });
}

}  // namespace latentrt::kernels
