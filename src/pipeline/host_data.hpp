#pragma once
/// Between the public types (pictures, host tensors) and LibTorch's tensors.

#include <ATen/core/Tensor.h>

#include <latentrt/image.hpp>
#include <latentrt/tensor.hpp>
#include <vector>

namespace latentrt::pipeline {

/// [1,3,H,W] fp32 in [-1,1].
at::Tensor to_tensor(const Image& image);
/// [B,3,H,W] about [-1,1] -> B pictures, rounded half to even. Throws Error(non_finite).
std::vector<Image> to_images(const at::Tensor& pictures);

/// A copy. Throws Error(invalid_argument), naming `what`, when data and shape do not fit or a number is not finite.
at::Tensor to_tensor(const HostTensor& tensor, const char* what);
HostTensor to_host(const at::Tensor& tensor);

}  // namespace latentrt::pipeline
