#pragma once
/// Our own kernels of pictures and tokens on tensors, and where they run.

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace latentrt::nn {

/// Whether there are kernels for such a tensor's place and type.
bool in_kernel_type(const at::Tensor& x);
/// Most are made for pictures with channels innermost.
bool is_kernel_picture(const at::Tensor& x);

/// The following run on a GPU; on a CPU LibTorch's are as good.
bool fits_layer_norm(const at::Tensor& x);
at::Tensor own_layer_norm(const at::Tensor& x, const at::Tensor& scale, const at::Tensor& shift,
                          double eps);

/// Along the channels.
bool fits_concat(const at::Tensor& a, const at::Tensor& b);
at::Tensor own_concat(const at::Tensor& a, const at::Tensor& b);

/// To that size: twice the picture's, or one less.
bool fits_upsample(const at::Tensor& x, std::int64_t height, std::int64_t width);
at::Tensor own_upsample(const at::Tensor& x, std::int64_t height, std::int64_t width);

}  // namespace latentrt::nn
