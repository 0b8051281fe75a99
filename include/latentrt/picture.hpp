#pragma once
/// Pictures that stay where they were made.

#include <latentrt/api.hpp>
#include <latentrt/events.hpp>
#include <latentrt/image.hpp>
#include <latentrt/pixels.hpp>
#include <memory>
#include <utility>

namespace latentrt {

/// A picture in memory of the pipeline's device. Immutable handle; copies share it, and keep the memory. Usable from any
/// thread.
class LATENTRT_API Picture {
 public:
  /// None: 0 x 0 pixels.
  Picture() = default;
  int width() const noexcept;
  int height() const noexcept;

  /// Writes it to the caller's memory. To memory of the GPU nothing is waited for: the writing is put on the context's
  /// stream, between the events. NaN becomes 0. Throws Error: invalid_argument for another size, a missing pointer, a pitch
  /// that is less than a row, or memory that is not what it is said to be; unsupported for memory of a device, or an event,
  /// where the picture is on the host; device_lost.
  void write(const PixelSpan& to, const Events& events = {}) const;
  /// The same on the host, where NaN and infinity are Error(non_finite). Waits.
  Image image() const;

  /// The library's own side of it.
  struct State;
  explicit Picture(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  const std::shared_ptr<const State>& state() const noexcept { return state_; }

 private:
  std::shared_ptr<const State> state_;
};

}  // namespace latentrt
