#include "kernels/upsample/upsample.h"

#include <algorithm>

#include "device/cuda/cuda_check.h"
#include "kernels/upsample/upsample_block.h"

namespace latentrt::kernels {
namespace {

constexpr int kThreads = 256;

struct CudaBlock {
  __device__ int lane() const { return static_cast<int>(threadIdx.x); }
  __device__ int lanes() const { return kThreads; }
  __device__ int part() const { return static_cast<int>(blockIdx.y); }
  __device__ int parts() const { return static_cast<int>(gridDim.y); }
  __device__ std::int64_t row() const { return blockIdx.x; }
};

template <class Unit>
__global__ void __launch_bounds__(kThreads) upsample_kernel(const UpsampleArgs args, int units) {
  upsample_block<Unit>(CudaBlock{}, args, units);
}

}  // namespace

void upsample(const UpsampleArgs& args, Stream stream) {
  constexpr std::int64_t kMaxParts = 65535;
  check(args);
  if (args.rows * args.height * args.width * args.channels == 0) return;
  with_instance(args, [&](auto unit) {
    const std::int64_t units = units_of<decltype(unit)>(args.dtype, args.channels);
    const std::int64_t parts = (args.width * units + kThreads - 1) / kThreads;
    const dim3 blocks(static_cast<unsigned>(args.rows * args.height),
                      static_cast<unsigned>(std::min(parts, kMaxParts)));
    upsample_kernel<decltype(unit)><<<blocks, kThreads, 0, stream>>>(args, static_cast<int>(units));
    cuda_check(cudaGetLastError(), "upsample");
  });
}

}  // namespace latentrt::kernels
