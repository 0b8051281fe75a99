#include "pictures/host_data.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/isfinite.h>

#include <algorithm>
#include <cmath>

#include "base/checked.hpp"
#include "base/fail.hpp"
#include "device/kernel_args.hpp"
#include "kernels/pixels/pixels.h"
#include "pictures/pixels.hpp"

namespace latentrt::pipeline {
namespace {

std::int64_t element_count(const HostTensor& tensor, std::string_view what) {
  std::int64_t count = 1;
  for (const std::int64_t extent : tensor.shape) {
    const auto product = extent < 0 ? std::nullopt : checked_mul(count, extent);
    if (!product)
      fail(Code::invalid_argument, "{} has a shape that is negative or too large", what);
    count = *product;
  }
  return count;
}

}  // namespace

at::Tensor to_tensor(const PixelView& pixels, at::Device device) {
  const PixelView source = checked(pixels);
  const bool there = source.memory == PixelMemory::device;
  const auto options = at::TensorOptions(at::kFloat).device(there ? device : at::kCPU);
  at::Tensor planes = at::empty({1, 3, source.height, source.width}, options);
  const kernels::UnpackArgs args{.pixels = source, .planes = planes.mutable_data_ptr<float>()};
  there ? kernels::unpack_pixels(args, device::current_stream(device))
        : kernels::unpack_pixels_host(args);
  return planes.to(device);
}

void write_pixels(const at::Tensor& planes, const PixelSpan& to) {
  const bool there = to.memory == PixelMemory::device;
  const at::Tensor dense = there ? planes : planes.to(at::kCPU);
  const kernels::PackArgs args{.planes = dense.const_data_ptr<float>(), .pixels = to};
  there ? kernels::pack_pixels(args, device::current_stream(planes.device()))
        : kernels::pack_pixels_host(args);
}

std::vector<Image> to_images(const at::Tensor& pictures) {
  if (!at::isfinite(pictures).all().item<bool>()) {
    fail(Code::non_finite,
         "the autoencoder's picture holds NaN or infinity; another dtype may help");
  }
  const at::Tensor planes = pictures.to(at::kCPU, at::kFloat).contiguous();
  std::vector<Image> images;
  for (const at::Tensor& picture : planes.unbind()) {
    Image image{static_cast<int>(picture.size(2)), static_cast<int>(picture.size(1)), {}};
    image.pixels.resize(static_cast<std::size_t>(picture.numel()));
    write_pixels(picture, checked(PixelSpan{image.pixels.data(), image.width, image.height,
                                            PixelFormat::rgb8}));
    images.push_back(std::move(image));
  }
  return images;
}

void check_size(const HostTensor& host, std::string_view what) {
  if (element_count(host, what) != static_cast<std::int64_t>(host.data.size())) {
    fail(Code::invalid_argument, "{} holds {} values, but its shape needs {}", what,
         host.data.size(), element_count(host, what));
  }
}

void check_numbers(const HostTensor& host, std::string_view what) {
  check_size(host, what);
  if (!std::all_of(host.data.begin(), host.data.end(), [](float x) { return std::isfinite(x); }))
    fail(Code::invalid_argument, "{} holds NaN or infinity", what);
}

at::Tensor to_tensor(const HostTensor& host, std::string_view what) {
  check_numbers(host, what);
  // from_blob takes a non-const pointer; the view is cloned at once
  auto* data = const_cast<float*>(host.data.data());
  return at::from_blob(data, host.shape, at::TensorOptions(at::kFloat)).clone();
}

HostTensor to_host(const at::Tensor& tensor) {
  const at::Tensor dense = tensor.to(at::kCPU, at::kFloat).contiguous();
  return {dense.sizes().vec(),
          {dense.const_data_ptr<float>(), dense.const_data_ptr<float>() + dense.numel()}};
}

}  // namespace latentrt::pipeline
