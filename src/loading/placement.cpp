#include "loading/placement.hpp"

#include "base/fail.hpp"
#include "device/cuda/device_query.h"
#include "nn/weights/scalar_type.hpp"

namespace latentrt::pipeline {
namespace {

void check_on_gpu(DType dtype, at::Device device) {
  const int here = kernels::cuda_capability(device.index());
  const int needed = nn::needed_capability(dtype == DType::fp8 ? kernels::EightBits::e4m3
                                                               : kernels::EightBits::int8);
  if (here < needed)
    fail(Code::unsupported,
         "{} needs a GPU of compute capability {}.{}, and {} has {}.{}; bf16 and fp16 run on it",
         name_of(dtype), needed / 10, needed % 10, device.str(), here / 10, here % 10);
}

}  // namespace

bool in_eight_bits(DType dtype) { return dtype == DType::int8 || dtype == DType::fp8; }

void check_dtype(const nn::WeightPlacement& placement) {
  if (!in_eight_bits(placement.dtype)) return;
  if (!placement.device.is_cpu()) return check_on_gpu(placement.dtype, placement.device);
  if (placement.dtype == DType::fp8)
    fail(Code::unsupported, "fp8 is for GPUs; int8, bf16 and fp32 run on CPUs");
  if (!nn::can_quantize(placement.device))
    fail(Code::unsupported,
         "int8 needs a processor with 8-bit products (AVX512-VNNI or AMX), and LibTorch with "
         "oneDNN; bf16 and fp32 run here");
}

std::uint64_t parameter_count(const nn::Program& program) {
  std::uint64_t total = 0;
  for (const nn::WeightSpec& spec : nn::stored_tensors(program.weights())) {
    std::uint64_t count = 1;
    for (const std::int64_t extent : spec.shape) count *= static_cast<std::uint64_t>(extent);
    total += count;
  }
  return total;
}

}  // namespace latentrt::pipeline
