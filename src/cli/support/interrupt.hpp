#pragma once
/// Ctrl-C (SIGINT) and SIGTERM. The programs end with exit code 130 and leave no file that is not whole: at once, or while an
/// InterruptScope lives by Error(cancelled) out of the library, so that other ranks are told and what is half-written is
/// removed. A second signal always ends the process at once.

#include <latentrt/cancel.hpp>

namespace latentrt::cli {

inline constexpr int kInterrupted = 130;

/// For the rest of the process. A signal that was ignored when the program was started stays so (nohup, jobs in the
/// background of a script).
void handle_interrupts();

/// While one lives, the first signal cancels what this thread does in the library. One at a time.
class InterruptScope {
 public:
  InterruptScope() noexcept;
  ~InterruptScope();
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;

 private:
  CancelScope scope_;
};

/// Whether there was a signal.
bool interrupted() noexcept;
/// Throws Error(cancelled) where there was: for loops outside the library, and before results are written.
void check_interrupted();

}  // namespace latentrt::cli
