#pragma once
/// Element types that networks can run in.

#include <latentrt/api.hpp>
#include <string_view>

namespace latentrt {

enum class DType { fp32, bf16, fp16 };

LATENTRT_API std::string_view name_of(DType dtype) noexcept;
/// "fp32", "bf16" or "fp16"; throws Error(invalid_argument) for anything else.
LATENTRT_API DType dtype_from_name(std::string_view name);

}  // namespace latentrt
