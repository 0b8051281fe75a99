#pragma once
/// Whether a device still works.

#include <atomic>
#include <latentrt/error.hpp>
#include <mutex>
#include <string>
#include <string_view>

namespace latentrt::device {

/// A GPU that gave up on the process never takes it back; the first error that said so is the one that explains. Safe from
/// any thread.
class Health {
 public:
  /// Throws Error(device_lost) that names `where`, the device and the first error, once that has happened.
  void require(std::string_view where, const std::string& device) const;
  /// Keeps an error of code device_lost, if it is the first.
  void note(const Error& error) noexcept;

 private:
  std::atomic<bool> lost_ = false;
  mutable std::mutex mutex_;
  std::string reason_;
};

}  // namespace latentrt::device
