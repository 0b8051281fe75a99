#pragma once
/// Bridges between LatentRT's element types and LibTorch's.

#include <ATen/core/Tensor.h>

#include <latentrt/dtype.hpp>

#include "io/dtype.hpp"

namespace latentrt::nn {

/// Of what stands between operations: bf16 for int8 and fp8, whose numbers live within them.
at::ScalarType scalar_type(DType dtype);

/// The LibTorch type that holds a stored element; throws Error(unsupported) for types that weights cannot have.
at::ScalarType scalar_type(io::Dtype dtype);

}  // namespace latentrt::nn
