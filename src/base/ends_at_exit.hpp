#pragma once
/// Ends threads of the library before the objects that they use are destroyed, even if the host
/// does not end them.

#include <sys/types.h>

#include <functional>

namespace latentrt {

/// While this object exists, `end` is called when the process exits or the library is unloaded, on
/// the thread that does so. `end` stops a thread and waits for it, must not throw, and may be
/// called again later. It is not called in a child of fork(), which does not have the thread.
///
/// exit() runs destructors of static objects in reverse order of their first use, so objects of
/// LibTorch and oneDNN that a thread used for the first time after this object was constructed
/// would be destroyed before `end` is called. The thread therefore calls renew() after each piece
/// of its work, and a network calls it after each node of its first run, in which oneDNN makes its
/// kernels: an exit during a node that makes one can still come too late for the thread.
class EndsAtExit {
 public:
  explicit EndsAtExit(std::function<void()> end);
  /// Waits for a call of `end` in progress.
  ~EndsAtExit();
  EndsAtExit(const EndsAtExit&) = delete;
  EndsAtExit& operator=(const EndsAtExit&) = delete;

  /// Moves all calls before the destructors of the static objects that exist now. Costs
  /// microseconds, nothing while no such object exists, and no memory however often it is called.
  static void renew() noexcept;

 private:
  static void end_all() noexcept;
  static void at_exit(void*) noexcept;

  const std::function<void()> end_;
  const pid_t process_;
  EndsAtExit* next_ = nullptr;
};

}  // namespace latentrt
