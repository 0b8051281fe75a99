#include <latentrt/torch.hpp>

#include <ATen/ops/from_blob.h>
#include <ATen/ops/isfinite.h>

#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "base/fail.hpp"
#include "device/translate.hpp"
#include "pictures/host_data.hpp"
#include "pictures/picture_state.hpp"

namespace latentrt {
namespace {

/// A tensor over memory that `owner` keeps alive.
template <class Owner>
at::Tensor over(const void* data, at::IntArrayRef shape, at::TensorOptions options, Owner owner) {
  const auto release = [kept = std::move(owner)](void*) mutable { kept.reset(); };
  // takes a non-const pointer
  return at::from_blob(const_cast<void*>(data), shape, release, options);
}

std::string described(const at::Tensor& tensor) {
  return fmt::format("a tensor [{}] of type {} with strides [{}]", fmt::join(tensor.sizes(), ","),
                     c10::toString(tensor.scalar_type()), fmt::join(tensor.strides(), ","));
}

/// How the tensor's elements form pixels.
struct Layout {
  PixelFormat format;
  int width, height;
  std::size_t pitch;
};

/// [height, width, channels] with rows without gaps; `format` is the format of pixels with this
/// many channels.
std::optional<Layout> interleaved(const at::Tensor& tensor, std::int64_t channels,
                                  at::ScalarType type, PixelFormat format) {
  const std::int64_t height = tensor.size(0), width = tensor.size(1);
  if (tensor.scalar_type() != type || tensor.size(2) != channels) return std::nullopt;
  if (tensor.stride(2) != 1 || (width > 1 && tensor.stride(1) != channels)) return std::nullopt;
  const std::int64_t pitch = height > 1 ? tensor.stride(0) : width * channels;
  if (pitch < width * channels) return std::nullopt;
  return Layout{format, static_cast<int>(width), static_cast<int>(height),
                static_cast<std::size_t>(pitch) * tensor.element_size()};
}

/// [3, height, width]: three planes, one after the other, with the same distance between all rows.
std::optional<Layout> planar(const at::Tensor& tensor) {
  const std::int64_t height = tensor.size(1), width = tensor.size(2);
  if (tensor.scalar_type() != at::kFloat || tensor.size(0) != 3) return std::nullopt;
  const std::int64_t pitch = height > 1 ? tensor.stride(1) : tensor.stride(0);
  if ((width > 1 && tensor.stride(2) != 1) || pitch < width || tensor.stride(0) != height * pitch)
    return std::nullopt;
  return Layout{PixelFormat::planar_f32, static_cast<int>(width), static_cast<int>(height),
                static_cast<std::size_t>(pitch) * tensor.element_size()};
}

std::optional<Layout> find_layout(const at::Tensor& tensor) {
  constexpr std::int64_t kMax = std::numeric_limits<int>::max();
  if (!tensor.defined() || tensor.dim() != 3 || tensor.numel() == 0) return std::nullopt;
  for (const std::int64_t extent : tensor.sizes())
    if (extent > kMax) return std::nullopt;
  if (auto found = interleaved(tensor, 3, at::kByte, PixelFormat::rgb8)) return found;
  if (auto found = interleaved(tensor, 4, at::kByte, PixelFormat::rgba8)) return found;
  if (auto found = interleaved(tensor, 3, at::kFloat, PixelFormat::rgb_f32)) return found;
  return planar(tensor);
}

Layout layout_of(const at::Tensor& tensor) {
  if (!tensor.defined()) fail(Code::invalid_argument, "an undefined tensor holds no pixels");
  if (const auto found = find_layout(tensor)) return *found;
  fail(
      Code::invalid_argument,
      "{} cannot be read as pixels: it must be [height,width,3 or 4] of uint8, [height,width,3] of "
      "fp32 or [3,height,width] of fp32, with rows that are contiguous",
      described(tensor));
}

PixelMemory memory_of(const at::Tensor& tensor) {
  if (tensor.is_cpu()) return PixelMemory::host;
  if (tensor.is_cuda()) return PixelMemory::device;
  fail(Code::unsupported, "pixels cannot be in memory of {}", tensor.device().str());
}

bool is_planes(const at::Tensor& tensor) {
  const bool one = tensor.dim() == 4 && tensor.size(0) == 1 && tensor.size(1) == 3;
  return tensor.is_floating_point() && tensor.numel() > 0 &&
         (one || (tensor.dim() == 3 && tensor.size(0) == 3));
}

Image image_of_bytes(const at::Tensor& tensor) {
  const at::Tensor dense = tensor.to(at::kCPU).contiguous();
  const auto* const data = dense.const_data_ptr<std::uint8_t>();
  return {static_cast<int>(dense.size(1)),
          static_cast<int>(dense.size(0)),
          {data, data + dense.numel()}};
}

Image image_of_planes(const at::Tensor& tensor) {
  if (!at::isfinite(tensor).all().item<bool>())
    fail(Code::non_finite, "the tensor of the picture holds NaN or infinity");
  return pipeline::to_images(tensor.dim() == 4 ? tensor : tensor.unsqueeze(0)).front();
}

}  // namespace

at::Tensor to_torch(HostTensor tensor) {
  pipeline::check_size(tensor, "the tensor");
  return translate_errors("the tensor", [&] {
    auto owner = std::make_shared<HostTensor>(std::move(tensor));
    return over(owner->data.data(), owner->shape, at::kFloat, owner);
  });
}

at::Tensor to_torch(Image image) {
  const PixelView checked(image);
  return translate_errors("the image", [&] {
    auto owner = std::make_shared<Image>(std::move(image));
    return over(owner->pixels.data(), {checked.height, checked.width, 3}, at::kByte, owner);
  });
}

at::Tensor to_torch(const Picture& picture) {
  const std::shared_ptr<const Picture::State>& state = picture.state();
  if (!state) fail(Code::invalid_argument, "a picture of 0 x 0 pixels has no tensor");
  return translate_errors("the picture", [&] {
    return over(state->planes.const_data_ptr(), state->planes.sizes(), state->planes.options(),
                state);
  });
}

HostTensor to_host(const at::Tensor& tensor) {
  if (!tensor.defined() || tensor.is_complex())
    fail(Code::invalid_argument, "a host tensor cannot be made of an undefined or complex tensor");
  return translate_errors("the tensor", [&] { return pipeline::to_host(tensor.detach()); });
}

Image to_image(const at::Tensor& tensor) {
  return translate_errors("the image", [&] {
    if (tensor.defined() && is_planes(tensor)) return image_of_planes(tensor.detach());
    if (tensor.defined() && tensor.scalar_type() == at::kByte && tensor.dim() == 3 &&
        tensor.size(2) == 3 && tensor.numel() > 0)
      return image_of_bytes(tensor);
    if (!tensor.defined()) fail(Code::invalid_argument, "an undefined tensor is no image");
    fail(Code::invalid_argument,
         "{} cannot become an image: it must be [3,height,width] of a floating type or "
         "[height,width,3] of uint8",
         described(tensor));
  });
}

PixelView pixel_view(const at::Tensor& tensor) {
  const Layout layout = layout_of(tensor);
  const PixelMemory memory = memory_of(tensor);
  return {tensor.const_data_ptr(), layout.width, layout.height,
          layout.format,           layout.pitch, memory};
}

PixelSpan pixel_span(const at::Tensor& tensor) {
  const Layout layout = layout_of(tensor);
  const PixelMemory memory = memory_of(tensor);
  return {
      tensor.mutable_data_ptr(), layout.width, layout.height, layout.format, layout.pitch, memory};
}

}  // namespace latentrt
