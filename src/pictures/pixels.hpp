#pragma once
/// Callers' pixels, checked and kept.

#include <ATen/core/Tensor.h>

#include <latentrt/events.hpp>
#include <latentrt/pixels.hpp>
#include <string_view>

#include "device/context_state.hpp"
#include "pictures/pixel_bytes.hpp"

namespace latentrt::pipeline {

/// Throws Error(invalid_argument) for a missing pointer, a size that is not positive, a pitch that is less than a row, or
/// floats that are not aligned; fills in the pitch of rows without gaps.
PixelView checked(const PixelView& pixels);
PixelSpan checked(const PixelSpan& pixels);

/// Throws what checked() does, and Error for memory of a device that is not the context's (invalid_argument), or where that
/// has none (unsupported).
void check_memory(const Context::State& context, const PixelView& pixels);
/// The place as one to read.
inline PixelView view_of(const PixelSpan& span) {
  return {span.data, span.width, span.height, span.format, span.pitch, span.memory};
}

/// A copy of a caller's pixels where they are, without the gaps between their rows.
class OwnedPixels {
 public:
  /// `device`: that of pixels in memory of a device.
  explicit OwnedPixels(const PixelView& pixels, at::Device device = at::kCPU);
  PixelView view() const;
  OwnedPixels to_host() const;     ///< waits for a device
  std::string_view bytes() const;  ///< of pixels on the host

 private:
  int width_, height_;
  PixelFormat format_;
  PixelMemory memory_;
  at::Tensor bytes_;  ///< [rows of all planes, bytes of a row]
};

/// The same of a frame that the caller may change when this has returned, or `events.signal` has happened. Throws Error for
/// memory and events that do not fit, and device_lost.
OwnedPixels take_over(const Context::State& context, const PixelView& frame, const Events& events);

}  // namespace latentrt::pipeline
