#include "pipeline/pixels.hpp"

#include <cstring>

#include "base/fail.hpp"
#include "kernels/pixels.h"
#include "kernels/pixels_math.h"

namespace latentrt {

std::size_t pixel_size(PixelFormat format) noexcept {
  return kernels::with_pixel(format, [](auto kind) { return std::size_t{decltype(kind)::kBytes}; });
}

PixelView::PixelView(const Image& image)
    : data(image.pixels.data()), width(image.width), height(image.height) {
  const bool positive = width > 0 && height > 0;
  const std::size_t expected =
      positive ? 3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height) : 0;
  if (!positive || image.pixels.size() != expected) {
    fail(Code::invalid_argument, "{} bytes are no image of {} x {} pixels", image.pixels.size(),
         width, height);
  }
}

void copy_pixels(const PixelView& from, const PixelSpan& to) {
  const PixelView source = pipeline::checked(from);
  const PixelSpan target = pipeline::checked(to);
  if (source.width != target.width || source.height != target.height) {
    fail(Code::invalid_argument, "{} x {} pixels cannot be copied to {} x {}", source.width,
         source.height, target.width, target.height);
  }
  kernels::copy_pixels_host(source, target);
}

namespace pipeline {
namespace {

std::size_t checked_pitch(const void* data, int width, int height, PixelFormat format,
                          std::size_t pitch) {
  if (format > PixelFormat::rgb_f32) {
    fail(Code::invalid_argument, "{} is no pixel format", static_cast<int>(format));
  }
  if (width < 1 || height < 1)
    fail(Code::invalid_argument, "{} x {} pixels are none", width, height);
  if (data == nullptr) fail(Code::invalid_argument, "{} x {} pixels at no address", width, height);
  const std::size_t row = static_cast<std::size_t>(width) * pixel_size(format);
  if (pitch != 0 && pitch < row)
    fail(Code::invalid_argument, "a pitch of {} bytes is less than a row's {}", pitch, row);
  return pitch == 0 ? row : pitch;
}

template <class Pixels>
Pixels with_checked_pitch(Pixels pixels) {
  pixels.pitch =
      checked_pitch(pixels.data, pixels.width, pixels.height, pixels.format, pixels.pitch);
  return pixels;
}

}  // namespace

PixelView checked(const PixelView& pixels) { return with_checked_pitch(pixels); }
PixelSpan checked(const PixelSpan& pixels) { return with_checked_pitch(pixels); }

OwnedPixels::OwnedPixels(const PixelView& pixels)
    : width_(pixels.width), height_(pixels.height), format_(pixels.format) {
  const PixelView source = checked(pixels);
  const std::size_t row = static_cast<std::size_t>(width_) * pixel_size(format_);
  const auto rows = static_cast<std::size_t>(height_);
  bytes_.resize(row * rows);
  const auto* const first = static_cast<const std::uint8_t*>(source.data);
  for (std::size_t y = 0; y < rows; ++y)
    std::memcpy(bytes_.data() + y * row, first + y * source.pitch, row);
}

}  // namespace pipeline
}  // namespace latentrt
