#pragma once
/// Pictures that stay on the device where they were made.

#include <latentrt/api.hpp>
#include <latentrt/events.hpp>
#include <latentrt/image.hpp>
#include <latentrt/pixels.hpp>
#include <memory>
#include <utility>

namespace latentrt {

/// A picture in the memory of the pipeline's device. Immutable handle; copies share the memory and
/// keep it alive. Usable from any thread.
class LATENTRT_API Picture {
 public:
  /// An empty picture: 0 x 0 pixels.
  Picture() = default;
  int width() const noexcept;
  int height() const noexcept;

  /// Copies the picture to the caller's memory. For GPU memory the call does not wait: the copy is
  /// enqueued on the context's stream, between the events. NaN becomes 0. Throws Error:
  /// invalid_argument for a size that differs, a null pointer, a pitch less than a row, or memory
  /// of another kind than stated; unsupported for device memory, or an event, if the picture is on
  /// the host; device_lost.
  void write(const PixelSpan& to, const Events& events = {}) const;
  /// Copies the picture to the host and waits. Throws Error(non_finite) for NaN and infinity.
  Image image() const;

  /// Defined by the library.
  struct State;
  explicit Picture(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  const std::shared_ptr<const State>& state() const noexcept { return state_; }

 private:
  std::shared_ptr<const State> state_;
};

}  // namespace latentrt
