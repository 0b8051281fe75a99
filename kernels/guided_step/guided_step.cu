#include "kernels/guided_step/guided_step.h"

#include <algorithm>

#include "device/cuda/cuda_check.h"
#include "kernels/guided_step/guided_step_block.h"
#include "kernels/guided_step/guided_step_dispatch.h"

namespace latentrt::kernels {
namespace {

constexpr int kMaxThreads = 1024;

struct CudaBlock {
  __device__ int lane() const { return static_cast<int>(threadIdx.x); }
  __device__ int lanes() const { return static_cast<int>(blockDim.x); }
  __device__ int row() const { return static_cast<int>(blockIdx.x); }
  __device__ int part() const { return static_cast<int>(blockIdx.y); }
  __device__ int parts() const { return static_cast<int>(gridDim.y); }
  __device__ void sync() const { __syncthreads(); }
};

template <class Output, class Input, int kWidth>
__global__ void __launch_bounds__(kMaxThreads)
    guided_step_kernel(const GuidedStepArgs args, const StepCoefficients<float> coefficients) {
  extern __shared__ RowMoments<float> shared[];
  step_block<Output, Input, kWidth>(CudaBlock{}, shared, args, coefficients);
}

template <class Output, class Input, int kWidth>
__global__ void __launch_bounds__(kMaxThreads)
    guided_step_table_kernel(const GuidedStepArgs args, const StepTable<float> table) {
  extern __shared__ RowMoments<float> shared[];
  table_step_block<Output, Input, kWidth>(CudaBlock{}, shared, args, table);
}

struct LaunchShape {
  dim3 blocks;
  int threads;
  std::size_t shared_bytes;
};

/// Plain steps use as many small blocks as there are packs. Rescaling ones use large blocks,
/// because each waits for its pass over the row, and not more of them than the GPU runs at once,
/// because each repeats that pass.
LaunchShape launch_shape(const GuidedStepArgs& args, int width, bool reduces) {
  constexpr std::int64_t kPlainThreads = 256, kMaxParts = 65535, kBlocksAtOnce = 128;
  const std::int64_t threads = reduces ? kMaxThreads : kPlainThreads;
  const std::int64_t needed = (args.row_size + threads * width - 1) / (threads * width);
  const std::int64_t allowed =
      reduces ? std::max<std::int64_t>(1, kBlocksAtOnce / args.rows) : kMaxParts;
  return {dim3(static_cast<unsigned>(args.rows), static_cast<unsigned>(std::min(needed, allowed))),
          static_cast<int>(threads), reduces ? kMaxThreads * sizeof(RowMoments<float>) : 0};
}

}  // namespace

void guided_step(const GuidedStepArgs& args, Stream stream) {
  check(args);
  if (args.rows == 0 || args.row_size == 0) return;
  with_instance(args, [&](auto output, auto input, auto width) {
    const LaunchShape shape = launch_shape(args, width.value, rescales(args, args.coefficients));
    guided_step_kernel<decltype(output), decltype(input), width.value>
        <<<shape.blocks, shape.threads, shape.shared_bytes, stream>>>(
            args, converted<float>(args.coefficients));
    cuda_check(cudaGetLastError(), "guided_step");
  });
}

void guided_step(const GuidedStepArgs& args, const StepTable<float>& table, Stream stream) {
  check(args, table);
  if (args.rows == 0 || args.row_size == 0) return;
  with_instance(with_ring(args, table.ring), [&](auto output, auto input, auto width) {
    const LaunchShape shape =
        launch_shape(args, width.value, table.rescales && args.unconditional != nullptr);
    guided_step_table_kernel<decltype(output), decltype(input), width.value>
        <<<shape.blocks, shape.threads, shape.shared_bytes, stream>>>(args, table);
    cuda_check(cudaGetLastError(), "guided_step");
  });
}

}  // namespace latentrt::kernels
