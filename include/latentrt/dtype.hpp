#pragma once
/// Element types that networks run in. With int8 and fp8 (e4m3) activations are bf16, and only the
/// denoiser's large linear layers multiply in 8 bits; with int8 on CPUs also its convolutions. fp8
/// needs a GPU of compute capability 8.9.

#include <latentrt/api.hpp>
#include <string_view>

namespace latentrt {

enum class DType { fp32, bf16, fp16, int8, fp8 };

LATENTRT_API std::string_view name_of(DType dtype) noexcept;
/// Parses a name or a usual synonym ("half", "bfloat16", ...), in any case. Throws
/// Error(invalid_argument) that lists the names.
LATENTRT_API DType dtype_from_name(std::string_view name);

}  // namespace latentrt
