#pragma once
/// Element types that networks can run in. int8 is for CPUs: the denoiser's large maps and convolutions multiply 8-bit
/// numbers, everything else is bf16.

#include <latentrt/api.hpp>
#include <string_view>

namespace latentrt {

enum class DType { fp32, bf16, fp16, int8 };

LATENTRT_API std::string_view name_of(DType dtype) noexcept;
/// "fp32", "bf16", "fp16" or "int8"; throws Error(invalid_argument) for anything else.
LATENTRT_API DType dtype_from_name(std::string_view name);

}  // namespace latentrt
