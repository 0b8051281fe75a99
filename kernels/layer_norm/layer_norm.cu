#include "kernels/layer_norm/layer_norm.h"

#include "device/cuda/cuda_check.h"
#include "kernels/layer_norm/layer_norm_block.h"

namespace latentrt::kernels {
namespace {

constexpr int kWarp = 32, kWarps = 8;

/// One warp per row, so that its threads only wait for each other.
struct CudaWarp {
  __device__ int lane() const { return static_cast<int>(threadIdx.x); }
  __device__ int lanes() const { return kWarp; }
  __device__ std::int64_t row() const { return std::int64_t{blockIdx.x} * kWarps + threadIdx.y; }
  __device__ void sync() const { __syncwarp(); }
};

template <class T, int kWidth>
__global__ void __launch_bounds__(kWarp* kWarps) layer_norm_kernel(const LayerNormArgs args) {
  constexpr int kFloats = sizeof(Moments<float, 1>) / sizeof(float);
  // types with constructors cannot be in shared memory
  __shared__ float shared[kWarps][kWarp * kFloats];
  const CudaWarp warp;
  if (warp.row() < args.rows)
    LayerNormRow<T, kWidth, CudaWarp>(warp, args)
        .run(reinterpret_cast<Moments<float, 1>*>(shared[threadIdx.y]));
}

}  // namespace

void layer_norm(const LayerNormArgs& args, Stream stream) {
  check(args);
  if (args.rows == 0 || args.size == 0) return;
  with_instance(args, [&](auto element, auto width) {
    const auto blocks = static_cast<unsigned>((args.rows + kWarps - 1) / kWarps);
    layer_norm_kernel<decltype(element), width.value>
        <<<blocks, dim3(kWarp, kWarps), 0, stream>>>(args);
    cuda_check(cudaGetLastError(), "layer_norm");
  });
}

}  // namespace latentrt::kernels
