#pragma once
/// Ctrl-C (SIGINT) and SIGTERM. The programs end with exit code 130 and leave no incomplete file:
/// at once, or while an InterruptScope exists by Error(cancelled) from the library, so that other
/// ranks are notified and incomplete files are removed. A second signal always ends the process at
/// once.

#include <latentrt/cancel.hpp>

namespace latentrt::cli {

inline constexpr int kInterrupted = 130;

/// For the rest of the process. A signal that was ignored when the program was started stays
/// ignored (nohup, background jobs of a script).
void handle_interrupts();

/// While a scope exists, the first signal cancels what this thread does in the library. One at a
/// time.
class InterruptScope {
 public:
  InterruptScope() noexcept;
  ~InterruptScope();
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;

 private:
  CancelScope scope_;
};

/// Whether a signal was received.
bool interrupted() noexcept;
/// Throws Error(cancelled) after a signal: for loops outside the library, and before results are
/// written.
void check_interrupted();

}  // namespace latentrt::cli
