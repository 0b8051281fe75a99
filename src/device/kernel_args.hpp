#pragma once
/// Tensor properties as kernel arguments.

#include <ATen/core/Tensor.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <latentrt/dtype.hpp>

#include "base/fail.hpp"
#include "kernels/common/stream.h"

namespace latentrt::device {

/// Throws Error(internal) for a type that networks do not use.
inline DType dtype_of(const at::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case at::kFloat:
      return DType::fp32;
    case at::kBFloat16:
      return DType::bf16;
    case at::kHalf:
      return DType::fp16;
    default:
      fail(Code::internal, "the network's output has element type {}",
           c10::toString(tensor.scalar_type()));
  }
}

/// LibTorch's current stream of a GPU, so that a kernel is ordered with the other work on it.
inline kernels::Stream current_stream(at::Device device) {
  const c10::impl::VirtualGuardImpl guard(device.type());
  return static_cast<kernels::Stream>(guard.getStream(device).native_handle());
}

}  // namespace latentrt::device
