#pragma once
/// Element types of kernels on the host, which do not support fp16.

#include <latentrt/dtype.hpp>

#include "kernels/common/half_math.h"

namespace latentrt::kernels {

/// Calls function(T{}) with the element type of `dtype`: fp32 or bf16.
template <class Function>
void with_host_element(DType dtype, const Function& function) {
  if (dtype == DType::bf16) {
    function(BFloat16{});
  } else {
    function(float{});
  }
}

}  // namespace latentrt::kernels
