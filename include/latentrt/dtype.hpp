#pragma once
/// Element types that networks can run in.

#include <string_view>

namespace latentrt {

enum class DType { fp32, bf16, fp16 };

std::string_view name_of(DType dtype) noexcept;
/// "fp32", "bf16" or "fp16"; throws Error(invalid_argument) for anything else.
DType dtype_from_name(std::string_view name);

}  // namespace latentrt
