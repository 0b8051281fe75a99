#pragma once
/// Whether a device can still be used.

#include <atomic>
#include <latentrt/error.hpp>
#include <mutex>
#include <string>
#include <string_view>

namespace latentrt::device {

/// A GPU that is lost to the process stays lost; the first error that reported the loss is the one
/// that explains it. Safe from any thread.
class Health {
 public:
  /// After a loss, throws Error(device_lost) that names `where`, the device and the first error.
  void require(std::string_view where, const std::string& device) const;
  /// Stores an error of code device_lost, if it is the first.
  void note(const Error& error) noexcept;

 private:
  std::atomic<bool> lost_ = false;
  mutable std::mutex mutex_;
  std::string reason_;
};

}  // namespace latentrt::device
