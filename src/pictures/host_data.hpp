#pragma once
/// Converts between the public types (pictures, host tensors) and LibTorch's tensors.

#include <ATen/core/Tensor.h>

#include <latentrt/image.hpp>
#include <latentrt/pixels.hpp>
#include <latentrt/tensor.hpp>
#include <string_view>
#include <vector>

namespace latentrt::pipeline {

/// [1,3,H,W] fp32 in [-1,1] on the device; for pixels in device memory that must be their device.
at::Tensor to_tensor(const PixelView& pixels, at::Device device = at::kCPU);
/// Writes a picture [3,H,W] fp32 about [-1,1] to the caller's checked memory, on its own device or
/// on the host.
void write_pixels(const at::Tensor& planes, const PixelSpan& to);
/// [B,3,H,W] about [-1,1] -> B pictures, rounded half to even. Throws Error(non_finite).
std::vector<Image> to_images(const at::Tensor& pictures);

/// Throws Error(invalid_argument) that names `what` if data does not match shape.
void check_size(const HostTensor& tensor, std::string_view what);
/// As above, and if an element is not finite.
void check_numbers(const HostTensor& tensor, std::string_view what);
/// A copy; throws what check_numbers throws.
at::Tensor to_tensor(const HostTensor& tensor, std::string_view what);
HostTensor to_host(const at::Tensor& tensor);

}  // namespace latentrt::pipeline
