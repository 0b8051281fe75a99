#pragma once
/// Device work that is recorded once and launched as a whole.

#include <c10/core/Device.h>

#include <functional>
#include <memory>

namespace latentrt::device {

/// The recorded work of a device, in order. It reads and writes the same addresses as when it was
/// recorded; its intermediate tensors have their own memory.
class Graph {
 public:
  virtual ~Graph() = default;
  /// Enqueues all of it on LibTorch's current stream.
  virtual void launch() = 0;
};

bool can_record(c10::Device device) noexcept;

/// Runs `work` twice, on another stream than the current one: libraries initialise themselves on
/// their first call, so only the second run is recorded. Its results exist once the graph has been
/// launched. `work` must neither wait for the device nor copy between it and the host. Throws
/// Error(unsupported) if can_record() is false, and what `work` throws.
std::unique_ptr<Graph> record(c10::Device device, const std::function<void()>& work);

}  // namespace latentrt::device
