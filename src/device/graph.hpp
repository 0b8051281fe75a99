#pragma once
/// Work of a device that is recorded once and launched as a whole.

#include <c10/core/Device.h>

#include <functional>
#include <memory>

namespace latentrt::device {

/// What a device was asked to do, in order. It reads and writes where it did when it was recorded; what it keeps in between
/// lives in memory of its own.
class Graph {
 public:
  virtual ~Graph() = default;
  /// Enqueues all of it on LibTorch's current stream.
  virtual void launch() = 0;
};

bool can_record(c10::Device device) noexcept;

/// Runs `work` twice, on a stream beside the current one: libraries set themselves up when they are called for the first
/// time, so only the second run is recorded. Its results are there when the graph has been launched. `work` must neither
/// wait for the device nor copy between it and the host. Throws Error(unsupported) where can_record() is false, and what
/// `work` throws.
std::unique_ptr<Graph> record(c10::Device device, const std::function<void()>& work);

}  // namespace latentrt::device
