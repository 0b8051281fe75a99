#include "kernels/concat/concat.h"

#include "device/cuda/cuda_check.h"
#include "kernels/concat/concat_block.h"

namespace latentrt::kernels {
namespace {

constexpr int kThreads = 256;

struct CudaBlock {
  __device__ int lane() const { return static_cast<int>(threadIdx.x); }
  __device__ int lanes() const { return kThreads; }
  __device__ std::int64_t tile() const { return blockIdx.x; }
};

template <class Unit>
__global__ void __launch_bounds__(kThreads)
    concat_kernel(const ConcatArgs args, const ConcatTiles tiles) {
  concat_block<Unit>(CudaBlock{}, args, tiles);
}

}  // namespace

void concat(const ConcatArgs& args, Stream stream) {
  check(args);
  if (args.pixels * (args.a_channels + args.b_channels) == 0) return;
  with_instance(args, [&](auto unit) {
    const ConcatTiles tiles = concat_tiles<decltype(unit)>(args);
    const auto blocks = static_cast<unsigned>((args.pixels + tiles.pixels - 1) / tiles.pixels);
    concat_kernel<decltype(unit)><<<blocks, kThreads, 0, stream>>>(args, tiles);
    cuda_check(cudaGetLastError(), "concat");
  });
}

}  // namespace latentrt::kernels
