#pragma once
/// Element types that networks can run in. int8 and fp8 (e4m3) are bf16, but for the denoiser's large maps, which multiply
/// numbers of 8 bits, and on CPUs, for which only int8 is, its convolutions. fp8 needs a GPU of compute capability 8.9.

#include <latentrt/api.hpp>
#include <string_view>

namespace latentrt {

enum class DType { fp32, bf16, fp16, int8, fp8 };

LATENTRT_API std::string_view name_of(DType dtype) noexcept;
/// By name or usual synonym ("half", "bfloat16", ...), in any case. Throws Error(invalid_argument) that lists the names.
LATENTRT_API DType dtype_from_name(std::string_view name);

}  // namespace latentrt
