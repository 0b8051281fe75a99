#include "kernels/similarity/similarity.h"

#include <latentrt/error.hpp>

#include "device/cuda/cuda_check.h"
#include "kernels/similarity/similarity_block.h"

namespace latentrt::kernels {
namespace {

struct CudaBlock {
  __device__ int lane() const { return static_cast<int>(threadIdx.x); }
  __device__ int lanes() const { return kSimilarityLanes; }
  __device__ int part() const { return static_cast<int>(blockIdx.x); }
  __device__ int parts() const { return static_cast<int>(gridDim.x); }
  __device__ void sync() const { __syncthreads(); }
};

/// Of doubles, because types with constructors cannot be in shared memory.
__device__ SimilaritySums* shared_sums() {
  __shared__ double shared[2 * kSimilarityLanes];
  return reinterpret_cast<SimilaritySums*>(shared);
}

template <class T, int kWidth>
__global__ void __launch_bounds__(kSimilarityLanes) part_kernel(const SimilarityArgs args) {
  similarity_part<T, kWidth>(CudaBlock{}, shared_sums(), args);
}

__global__ void __launch_bounds__(kSimilarityLanes)
    total_kernel(const SimilarityArgs args, int parts) {
  similarity_total(CudaBlock{}, shared_sums(), args, parts);
}

}  // namespace

void similarity(const SimilarityArgs& args, Stream stream) {
  check(args);
  if (args.workspace == nullptr)
    throw Error(Code::invalid_argument, "similarity: workspace is null");
  const int parts = similarity_parts(args.size);
  with_instance(args, [&](auto element, auto width) {
    part_kernel<decltype(element), width.value><<<parts, kSimilarityLanes, 0, stream>>>(args);
  });
  cuda_check(cudaGetLastError(), "similarity");
  total_kernel<<<1, kSimilarityLanes, 0, stream>>>(args, parts);
  cuda_check(cudaGetLastError(), "similarity");
}

}  // namespace latentrt::kernels
