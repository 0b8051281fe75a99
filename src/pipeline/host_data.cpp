#include "pipeline/host_data.hpp"

#include <ATen/ops/from_blob.h>
#include <ATen/ops/isfinite.h>

#include <algorithm>
#include <cmath>

#include "base/checked.hpp"
#include "base/fail.hpp"

namespace latentrt::pipeline {
namespace {

std::int64_t element_count(const HostTensor& tensor, std::string_view what) {
  std::int64_t count = 1;
  for (const std::int64_t extent : tensor.shape) {
    const auto product = extent < 0 ? std::nullopt : checked_mul(count, extent);
    if (!product) fail(Code::invalid_argument, "{} has an impossible shape", what);
    count = *product;
  }
  return count;
}

}  // namespace

at::Tensor to_tensor(const Image& image) {
  auto* pixels = const_cast<std::uint8_t*>(
      image.pixels.data());  // from_blob takes no const; the view is only read
  const at::Tensor bytes =
      at::from_blob(pixels, {1, image.height, image.width, 3}, at::TensorOptions(at::kByte));
  return bytes.permute({0, 3, 1, 2}).to(at::kFloat).div(255).mul(2).sub(1).contiguous();
}

std::vector<Image> to_images(const at::Tensor& pictures) {
  if (!at::isfinite(pictures).all().item<bool>()) {
    fail(Code::non_finite,
         "the autoencoder's picture holds NaN or infinity; another dtype may help");
  }
  const at::Tensor bytes = pictures.mul(0.5)
                               .add(0.5)
                               .clamp(0, 1)
                               .mul(255)
                               .round()
                               .to(at::kByte)
                               .permute({0, 2, 3, 1})
                               .to(at::kCPU)
                               .contiguous();
  std::vector<Image> images;
  for (const at::Tensor& picture : bytes.unbind()) {
    Image image{static_cast<int>(picture.size(1)), static_cast<int>(picture.size(0)), {}};
    image.pixels.assign(picture.const_data_ptr<std::uint8_t>(),
                        picture.const_data_ptr<std::uint8_t>() + picture.numel());
    images.push_back(std::move(image));
  }
  return images;
}

void check_numbers(const HostTensor& host, std::string_view what) {
  if (element_count(host, what) != static_cast<std::int64_t>(host.data.size())) {
    fail(Code::invalid_argument, "{} holds {} numbers, its shape asks for {}", what,
         host.data.size(), element_count(host, what));
  }
  if (!std::all_of(host.data.begin(), host.data.end(), [](float x) { return std::isfinite(x); }))
    fail(Code::invalid_argument, "{} holds NaN or infinity", what);
}

at::Tensor to_tensor(const HostTensor& host, std::string_view what) {
  check_numbers(host, what);
  auto* data =
      const_cast<float*>(host.data.data());  // from_blob takes no const; the view is cloned at once
  return at::from_blob(data, host.shape, at::TensorOptions(at::kFloat)).clone();
}

HostTensor to_host(const at::Tensor& tensor) {
  const at::Tensor dense = tensor.to(at::kCPU, at::kFloat).contiguous();
  return {dense.sizes().vec(),
          {dense.const_data_ptr<float>(), dense.const_data_ptr<float>() + dense.numel()}};
}

}  // namespace latentrt::pipeline
