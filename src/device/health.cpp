#include "device/health.hpp"

#include "base/fail.hpp"

namespace latentrt::device {

void Health::require(std::string_view where, const std::string& device) const {
  if (!lost_) return;
  const std::lock_guard lock(mutex_);
  fail(Code::device_lost, "{}: {} is lost to this process since \"{}\"", where, device, reason_);
}

void Health::note(const Error& error) noexcept {
  if (error.code() != Code::device_lost) return;
  const std::lock_guard lock(mutex_);
  if (lost_) return;
  try {
    reason_ = error.what();
  } catch (...) {
    // No memory for the message, but the device is lost.
  }
  lost_ = true;
}

}  // namespace latentrt::device
