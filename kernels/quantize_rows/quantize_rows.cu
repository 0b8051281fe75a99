#include "kernels/quantize_rows/quantize_rows.h"

#include "device/cuda/cuda_check.h"
#include "kernels/quantize_rows/quantize_rows_math.h"

namespace latentrt::kernels {
namespace {

constexpr int kMaxThreads = 256;

struct CudaBlock {
  __device__ int lane() const { return static_cast<int>(threadIdx.x); }
  __device__ int lanes() const { return static_cast<int>(blockDim.x); }
  __device__ std::int64_t row() const { return blockIdx.x; }
  __device__ void sync() const { __syncthreads(); }
};

template <class T, class Number, int kWidth>
__global__ void __launch_bounds__(kMaxThreads) quantize_kernel(const QuantizeRowsArgs args) {
  __shared__ std::uint32_t shared[kMaxThreads];
  quantize_block<T, Number, kWidth>(CudaBlock{}, args, shared);
}

template <class T, int kWidth>
__global__ void __launch_bounds__(kMaxThreads) rescale_kernel(const RescaleRowsArgs args) {
  rescale_block<T, kWidth>(CudaBlock{}, args);
}

}  // namespace

void quantize_rows(const QuantizeRowsArgs& args, Stream stream) {
  check(args);
  if (args.rows == 0) return;
  const auto blocks = static_cast<unsigned>(args.rows);
  with_instance(args, [&](auto element, auto width) {
    with_number(args.format, [&](auto number) {
      quantize_kernel<decltype(element), decltype(number), width.value>
          <<<blocks, row_lanes(args.size / width.value), 0, stream>>>(args);
    });
  });
  cuda_check(cudaGetLastError(), "quantize_rows");
}

void rescale_rows(const RescaleRowsArgs& args, Stream stream) {
  check(args);
  if (args.rows == 0 || args.size == 0) return;
  const auto blocks = static_cast<unsigned>(args.rows);
  with_instance(args, [&](auto element, auto width) {
    rescale_kernel<decltype(element), width.value>
        <<<blocks, row_lanes(args.size / width.value), 0, stream>>>(args);
  });
  cuda_check(cudaGetLastError(), "rescale_rows");
}

}  // namespace latentrt::kernels
