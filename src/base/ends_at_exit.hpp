#pragma once
/// Threads of the library end before what they use does, also when the host forgets to end them.

#include <sys/types.h>

#include <functional>

namespace latentrt {

/// While it lives, `end` is called when the process exits or when the library is unloaded; the call comes from the thread that
/// does so. `end` stops a thread and waits for it, must not throw, and may be called again later. In a child of fork(), which
/// does not have the thread, it is not called.
///
/// exit() runs destructors of static objects in reverse order of their first use, so those of LibTorch and oneDNN that a
/// thread used first after this object was made would be destroyed before `end` is called. The thread calls renew() after each
/// piece of its work.
class EndsAtExit {
 public:
  explicit EndsAtExit(std::function<void()> end);
  /// Waits for a call of `end` that is being made.
  ~EndsAtExit();
  EndsAtExit(const EndsAtExit&) = delete;
  EndsAtExit& operator=(const EndsAtExit&) = delete;

  /// From now on all calls come before the destructors of the static objects that exist now. Costs microseconds, and no
  /// memory however often it is called.
  static void renew() noexcept;

 private:
  static void end_all() noexcept;
  static void at_exit(void*) noexcept;

  const std::function<void()> end_;
  const pid_t process_;
  EndsAtExit* next_ = nullptr;
};

}  // namespace latentrt
