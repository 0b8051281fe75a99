#include "kernels/group_norm/group_norm.h"

#include <latentrt/error.hpp>
#include <limits>

#include "device/cuda/cuda_check.h"
#include "kernels/group_norm/group_norm_block.h"
#include "kernels/group_norm/group_norm_dispatch.h"

namespace latentrt::kernels {
namespace {

struct CudaBlock {
  int slabs;
  __device__ int lane() const { return static_cast<int>(threadIdx.x); }
  __device__ int lanes() const { return static_cast<int>(blockDim.x); }
  __device__ std::int64_t row() const { return static_cast<int>(blockIdx.x) / slabs; }
  __device__ int slab() const { return static_cast<int>(blockIdx.x) % slabs; }
  __device__ int part() const { return static_cast<int>(blockIdx.y); }
  __device__ int parts() const { return static_cast<int>(gridDim.y); }
  __device__ void sync() const { __syncthreads(); }
};

extern __shared__ uint4 shared[];

template <class T, int kWidth>
using CudaGroupNorm = GroupNormBlock<T, kWidth, CudaBlock>;

template <class T, int kWidth>
__global__ void __launch_bounds__(kGroupNormLanes, 2)
    moments_kernel(const GroupNormArgs args, const GroupNormPlan plan) {
  CudaGroupNorm<T, kWidth>({plan.slabs.count}, args, plan, reinterpret_cast<unsigned char*>(shared))
      .store_moments();
}

template <class T, int kWidth>
__global__ void __launch_bounds__(kGroupNormApplyLanes, 4)
    apply_kernel(const GroupNormArgs args, const GroupNormPlan plan) {
  CudaGroupNorm<T, kWidth>({plan.slabs.count}, args, plan, reinterpret_cast<unsigned char*>(shared))
      .apply_stored();
}

template <class T, int kWidth>
__global__ void __launch_bounds__(kGroupNormLanes, 1)
    whole_kernel(const GroupNormArgs args, const GroupNormPlan plan) {
  CudaGroupNorm<T, kWidth>({plan.slabs.count}, args, plan, reinterpret_cast<unsigned char*>(shared))
      .run();
}

template <class T, int kWidth>
void launch(const GroupNormArgs& args, const GroupNormPlan& plan, Stream stream) {
  const auto go = [&](auto* kernel, int parts, int lanes, bool finds_moments) {
    const dim3 blocks(static_cast<unsigned>(args.rows * plan.slabs.count),
                      static_cast<unsigned>(parts));
    const std::size_t bytes = group_norm_shared_bytes(plan.slabs, kWidth, lanes, finds_moments);
    kernel<<<blocks, lanes, bytes, stream>>>(args, plan);
    cuda_check(cudaGetLastError(), "group_norm");
  };
  if (plan.moments_parts == 0) return go(whole_kernel<T, kWidth>, 1, kGroupNormLanes, true);
  go(moments_kernel<T, kWidth>, plan.moments_parts, kGroupNormLanes, true);
  go(apply_kernel<T, kWidth>, plan.apply_parts, kGroupNormApplyLanes, false);
}

}  // namespace

void group_norm(const GroupNormArgs& args, Stream stream) {
  check(args);
  if (args.workspace == nullptr && group_norm_workspace(args) > 0)
    throw Error(Code::invalid_argument, "group_norm: workspace is null");
  with_instance(args, kGroupNormApplyLanes, [&](auto element, auto width) {
    launch<decltype(element), width.value>(args, group_norm_plan(args, width.value), stream);
  });
}

}  // namespace latentrt::kernels
