#pragma once
/// Checks and copies of callers' pixels.

#include <ATen/core/Tensor.h>

#include <latentrt/events.hpp>
#include <latentrt/pixels.hpp>
#include <string_view>

#include "device/context_state.hpp"
#include "pictures/pixel_bytes.hpp"

namespace latentrt::pipeline {

/// Returns the pixels with the pitch filled in. Throws Error(invalid_argument) for a null pointer,
/// a size that is not positive, a pitch less than a row, or misaligned floats.
PixelView checked(const PixelView& pixels);
PixelSpan checked(const PixelSpan& pixels);

/// Throws what checked() throws, and Error for device memory of another device than the context's
/// (invalid_argument), or if the context's device has none (unsupported).
void check_memory(const Context::State& context, const PixelView& pixels);
/// The writable span as a view to read.
inline PixelView view_of(const PixelSpan& span) {
  return {span.data, span.width, span.height, span.format, span.pitch, span.memory};
}

/// A copy of a caller's pixels in the same kind of memory, without gaps between the rows.
class OwnedPixels {
 public:
  /// `device` is the device of pixels in device memory.
  explicit OwnedPixels(const PixelView& pixels, at::Device device = at::kCPU);
  PixelView view() const;
  OwnedPixels to_host() const;     ///< waits for the device
  std::string_view bytes() const;  ///< for pixels on the host

 private:
  int width_, height_;
  PixelFormat format_;
  PixelMemory memory_;
  at::Tensor bytes_;  ///< [rows of all planes, bytes of a row]
};

/// A copy of a frame that the caller may change after this returns, or after `events.signal`.
/// Throws Error for memory and events that do not match, and device_lost.
OwnedPixels take_over(const Context::State& context, const PixelView& frame, const Events& events);

}  // namespace latentrt::pipeline
