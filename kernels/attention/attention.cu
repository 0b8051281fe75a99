#include <algorithm>

#include "kernels/attention/attention.h"

#include "device/cuda/cuda_check.h"
#include "kernels/attention/attention_block.h"
#include "kernels/attention/attention_dispatch.h"
#include "kernels/common/cuda_warp.h"

namespace latentrt::kernels {
namespace {

extern __shared__ uint4 shared[];

template <class Tile>
__global__ void __launch_bounds__(Tile::kThreads, Tile::kBlocks)
    attention_kernel(const __grid_constant__ AttentionArgs args) {
  const CudaWarp warp;
  const int tiles = static_cast<int>(tiles_of(args.queries, Tile::kRows));
  const int block = static_cast<int>(blockIdx.x);
  AttentionBlock<Tile, CudaWarp>(warp, args, block / tiles,
                                 reinterpret_cast<unsigned char*>(shared))
      .run(block % tiles);
}

template <class Tile>
__global__ void __launch_bounds__(Tile::kThreads, Tile::kBlocks)
    few_keys_kernel(const __grid_constant__ AttentionArgs args, const int parts) {
  const CudaWarp warp;
  const int block = static_cast<int>(blockIdx.x);
  AttentionBlock<Tile, CudaWarp>(warp, args, block / parts,
                                 reinterpret_cast<unsigned char*>(shared))
      .run_few_keys(block % parts, parts);
}

/// `most_shared_bytes` is the same for all calls of a kernel: the limit belongs to the function,
/// which other threads launch too.
template <class... Sizes>
void launch(void (*kernel)(AttentionArgs, Sizes...), std::int64_t blocks, int threads,
            int most_shared_bytes, int shared_bytes, Stream stream, const AttentionArgs& args,
            Sizes... sizes) {
  cuda_check(
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, most_shared_bytes),
      "attention");
  kernel<<<static_cast<unsigned>(blocks), threads, static_cast<std::size_t>(shared_bytes),
           stream>>>(args, sizes...);
  cuda_check(cudaGetLastError(), "attention");
}

}  // namespace

void attention(const AttentionArgs& args, Stream stream) {
  check(args);
  const bool done = with_few_keys_tile(args, [&](auto tile) {
    using Tile = decltype(tile);
    const int parts = few_keys_parts<Tile>(args);
    launch(few_keys_kernel<Tile>, args.batch * args.heads * parts, Tile::kThreads,
           std::min(few_keys_shared_bytes<Tile>(Tile::kKeys), kMostSharedBytes),
           few_keys_shared_bytes<Tile>(keys_of(args)), stream, args, parts);
  });
  if (done) return;
  with_attention_tile(args, [&](auto tile) {
    using Tile = decltype(tile);
    launch(attention_kernel<Tile>, attention_blocks<Tile>(args), Tile::kThreads, Tile::kSharedBytes,
           Tile::kSharedBytes, stream, args);
  });
}

}  // namespace latentrt::kernels
