#include "pictures/pixels.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <cstdint>
#include <cstring>

#include "base/fail.hpp"
#include "device/on_device.hpp"
#include "device/order.hpp"
#include "kernels/pixels/pixels.h"
#include "kernels/pixels/pixels_math.h"

namespace latentrt {

PixelView::PixelView(const Image& image)
    : data(image.pixels.data()), width(image.width), height(image.height) {
  const bool positive = width > 0 && height > 0;
  const std::size_t expected =
      positive ? 3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height) : 0;
  if (!positive || image.pixels.size() != expected) {
    fail(Code::invalid_argument, "{} bytes do not match an image of {} x {} pixels",
         image.pixels.size(), width, height);
  }
}

void copy_pixels(const PixelView& from, const PixelSpan& to) {
  const PixelView source = pipeline::checked(from);
  const PixelSpan target = pipeline::checked(to);
  if (source.memory != PixelMemory::host || target.memory != PixelMemory::host)
    fail(Code::invalid_argument, "pixels in device memory cannot be copied on the host");
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
  if (format > kLastFormat) {
    fail(Code::invalid_argument, "{} is not a pixel format", static_cast<int>(format));
  }
  if (width < 1 || height < 1)
    fail(Code::invalid_argument, "size {} x {} is not positive", width, height);
  if (data == nullptr)
    fail(Code::invalid_argument, "pixel data of {} x {} pixels is null", width, height);
  const std::size_t row = static_cast<std::size_t>(width) * pixel_size(format);
  if (pitch != 0 && pitch < row)
    fail(Code::invalid_argument, "a pitch of {} bytes is less than a row's {}", pitch, row);
  const std::size_t alignment =
      kernels::with_pixel(format, [](auto kind) { return decltype(kind)::kAlignment; });
  if (reinterpret_cast<std::uintptr_t>(data) % alignment != 0 || pitch % alignment != 0)
    fail(Code::invalid_argument, "rows of this pixel format begin at multiples of {} bytes",
         alignment);
  return pitch == 0 ? row : pitch;
}

template <class Pixels>
Pixels with_checked_pitch(Pixels pixels) {
  pixels.pitch =
      checked_pitch(pixels.data, pixels.width, pixels.height, pixels.format, pixels.pitch);
  return pixels;
}

/// Only on the calling thread, which may be that of a game.
at::Tensor copied_rows(const PixelView& source, std::int64_t rows, std::int64_t row) {
  at::Tensor bytes = at::empty({rows, row}, at::TensorOptions(at::kByte));
  auto* const target = bytes.mutable_data_ptr<std::uint8_t>();
  const auto* const first = static_cast<const std::uint8_t*>(source.data);
  for (std::int64_t y = 0; y < rows; ++y)
    std::memcpy(target + y * row, first + static_cast<std::size_t>(y) * source.pitch,
                static_cast<std::size_t>(row));
  return bytes;
}

at::Tensor copied_rows_on(at::Device device, const PixelView& source, std::int64_t rows,
                          std::int64_t row) {
  // from_blob takes a non-const pointer; cloned at once
  auto* const data = const_cast<void*>(source.data);
  return at::from_blob(data, {rows, row}, {static_cast<std::int64_t>(source.pitch), 1},
                       at::TensorOptions(at::kByte).device(device))
      .clone(at::MemoryFormat::Contiguous);
}

}  // namespace

PixelView checked(const PixelView& pixels) { return with_checked_pitch(pixels); }
PixelSpan checked(const PixelSpan& pixels) { return with_checked_pitch(pixels); }

void check_memory(const Context::State& context, const PixelView& pixels) {
  const PixelView whole = checked(pixels);
  if (whole.memory > PixelMemory::device)
    fail(Code::invalid_argument, "{} is not a kind of memory", static_cast<int>(whole.memory));
  if (whole.memory == PixelMemory::host) return;
  if (context.device().is_cpu())
    fail(Code::unsupported, "pixels in device memory were given, but the pipeline is on the CPU");
  const auto* const first = static_cast<const std::uint8_t*>(whole.data);
  const std::size_t rows = row_count(whole.format, whole.height);
  const std::size_t row = static_cast<std::size_t>(whole.width) * pixel_size(whole.format);
  if (rows > 1 && whole.pitch > (std::size_t{PTRDIFF_MAX} - row) / (rows - 1))
    fail(Code::invalid_argument, "pitch {} overflows", whole.pitch);
  for (const std::uint8_t* const end : {first, first + (rows - 1) * whole.pitch + row - 1}) {
    if (kernels::cuda_device_of(end) != context.device().index())
      fail(Code::invalid_argument, "the pixels are not in the memory of {}", context.name);
  }
}

OwnedPixels::OwnedPixels(const PixelView& pixels, at::Device device)
    : width_(pixels.width), height_(pixels.height), format_(pixels.format), memory_(pixels.memory) {
  const PixelView source = checked(pixels);
  const auto rows = static_cast<std::int64_t>(row_count(format_, height_));
  const std::int64_t row = std::int64_t{width_} * static_cast<std::int64_t>(pixel_size(format_));
  bytes_ = memory_ == PixelMemory::host ? copied_rows(source, rows, row)
                                        : copied_rows_on(device, source, rows, row);
}

PixelView OwnedPixels::view() const {
  return {bytes_.const_data_ptr(), width_, height_, format_, 0, memory_};
}

OwnedPixels OwnedPixels::to_host() const {
  OwnedPixels copy = *this;
  copy.bytes_ = bytes_.to(at::kCPU);
  copy.memory_ = PixelMemory::host;
  return copy;
}

std::string_view OwnedPixels::bytes() const {
  return {static_cast<const char*>(bytes_.const_data_ptr()),
          static_cast<std::size_t>(bytes_.numel())};
}

OwnedPixels take_over(const Context::State& context, const PixelView& frame, const Events& events) {
  check_memory(context, frame);
  device::check_events(context, events);
  return on_device(context, "the frame", [&] {
    device::wait_for(context, events);
    OwnedPixels copy(frame, context.device());
    device::signal(context, events);
    return copy;
  });
}

}  // namespace pipeline
}  // namespace latentrt
