#pragma once
/// Cancels what a thread does in the library: a load, a run, a stream, a benchmark.

#include <atomic>
#include <latentrt/api.hpp>

namespace latentrt {

/// A request to stop, which stays set until reset(). Any thread may use it, and a signal handler
/// may call cancel().
class CancelFlag {
 public:
  void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }
  void reset() noexcept { cancelled_.store(false, std::memory_order_relaxed); }
  bool cancelled() const noexcept { return cancelled_.load(std::memory_order_relaxed); }

 private:
  static_assert(std::atomic<bool>::is_always_lock_free);
  std::atomic<bool> cancelled_{false};
};

/// While a scope exists, library calls of its thread throw Error(cancelled) soon after the flag is
/// set, or at once if it is set already. The flag is checked between the layers of a network and
/// between the tensors of a model that is loaded or packed. Scopes nest, and each flag counts. The
/// flag must outlive the scope; a scope belongs to the thread that made it.
///
/// A cancelled call has no effect, with one exception: a FrameStream whose push() or drain() was
/// cancelled has lost its frames in flight and must not be used any more.
class LATENTRT_API CancelScope {
 public:
  explicit CancelScope(const CancelFlag& flag) noexcept;
  ~CancelScope();
  CancelScope(const CancelScope&) = delete;
  CancelScope& operator=(const CancelScope&) = delete;

 private:
  friend class CancelCheck;
  const CancelFlag& flag_;
  const CancelScope* const outer_;
};

}  // namespace latentrt
