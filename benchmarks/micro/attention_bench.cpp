/// Times attention on the CUDA device, over the networks' cases of its test, and LibTorch's
/// scaled_dot_product_attention, which chooses among cuDNN, FlashAttention and others, on the same
/// buffers (segments of keys are concatenated first, and the time includes that). The rates show
/// what limits a case: multiplications, relative to a large matrix product in the same run;
/// exponentials, of which a multiprocessor computes 16 per clock; bytes, relative to a copy of the
/// same size. usage: attention_bench [part of a case's name]

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <string>
#include <vector>

#include "benchmarks/micro/timing.h"
#include "kernels/attention/attention.h"
#include "nn/weights/scalar_type.hpp"
#include "tests/kernels/attention_data.h"

namespace latentrt::kernels {
namespace {

at::TensorOptions on_device(DType dtype) {
  return at::TensorOptions().dtype(nn::scalar_type(dtype)).device(at::kCUDA);
}

/// [batch, heads, tokens, size], the layout of LibTorch.
at::Tensor view_of(const AttentionArgs& args, const void* data, const AttentionStrides& strides,
                   std::int64_t tokens) {
  return at::from_blob(const_cast<void*>(data), {args.batch, args.heads, tokens, args.head_size},
                       {strides.batch, strides.head, strides.token, 1}, on_device(args.dtype));
}

double libtorch_seconds(const AttentionArgs& args) {
  const at::Tensor q = view_of(args, args.q, args.q_strides, args.queries);
  std::vector<at::Tensor> k, v;
  for (int s = 0; s < args.segments; ++s) {
    const AttentionSegment& segment = args.segment[s];
    k.push_back(view_of(args, segment.k, segment.k_strides, segment.rows));
    v.push_back(view_of(args, segment.v, segment.v_strides, segment.rows));
  }
  const auto whole = [](const std::vector<at::Tensor>& parts) {
    return parts.size() == 1 ? parts[0] : at::cat(parts, 2);
  };
  return median_seconds([&] { at::scaled_dot_product_attention(q, whole(k), whole(v)); },
                        synchronize_device);
}

/// Operations per second of a product of square matrices, large enough to keep the device busy.
double product_rate(DType dtype) {
  constexpr std::int64_t kSide = 4096;
  const at::Tensor a = at::randn({kSide, kSide}, on_device(dtype));
  at::Tensor product = at::empty_like(a);
  const double seconds = median_seconds([&] { at::mm_out(product, a, a); }, synchronize_device);
  return 2.0 * kSide * kSide * kSide / seconds;
}

void time_case(const AttentionCase& test_case) {
  AttentionData data(test_case);
  std::vector<DeviceMemory> memory;
  for (int b = 0; b < data.buffers(); ++b) {
    memory.emplace_back(data.bytes(b).size());
    memory.back().upload(data.bytes(b).data());
  }
  const AttentionArgs args =
      data.args([&](int b) { return memory[static_cast<std::size_t>(b)].data(); });
  const double seconds = median_seconds([&] { attention(args, nullptr); }, synchronize_device);
  const double libtorch = libtorch_seconds(args);
  const double rate = data.operations() / seconds;
  const double exponentials = static_cast<double>(data.rows() * data.all_keys());
  fmt::print("{:<28} {:>9.2f} {:>9.2f} {:>8.2f} {:>9.1f} {:>8.2f} {:>8.2f} {:>8.2f}\n",
             test_case.name, seconds * 1e6, libtorch * 1e6, libtorch / seconds, rate / 1e12,
             rate / product_rate(args.dtype), exponentials / seconds / 1e12,
             device_copy_seconds(data.traffic()) / seconds);
}

}  // namespace
}  // namespace latentrt::kernels

int main(int argc, char** argv) {
  using namespace latentrt::kernels;
  const c10::InferenceMode no_gradients;
  const std::string filter = argc > 1 ? argv[1] : "";
  for (const CudaDevice& device : cuda_devices())
    fmt::print("cuda:{} is {}\n", device.index, device.name);
  if (!cuda_device_present()) {
    fmt::print("no CUDA device, or a build without CUDA\n");
    return 0;
  }
  fmt::print("{:<28} {:>9} {:>9} {:>8} {:>9} {:>8} {:>8} {:>8}\n", "case", "us", "LibTorch",
             "times", "TFLOP/s", "of gemm", "Texp/s", "of copy");
  for (const AttentionCase& one : attention_network_cases())
    if (one.name.find(filter) != std::string::npos) time_case(one);
  return 0;
}
