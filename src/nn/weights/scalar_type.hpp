#pragma once
/// Bridges between LatentRT's element types and LibTorch's.

#include <ATen/core/Tensor.h>

#include <latentrt/dtype.hpp>
#include <optional>

#include "io/dtype.hpp"

namespace latentrt::nn {

/// Element type of activations; int8 and fp8 networks keep theirs in bf16.
at::ScalarType scalar_type(DType dtype);

/// The LibTorch type that holds a stored element; nothing for types that weights cannot have, and
/// for 8-bit floats, which are widened when they are read.
std::optional<at::ScalarType> weight_type(io::Dtype dtype);

}  // namespace latentrt::nn
