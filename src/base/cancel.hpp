#pragma once
/// Checks with which long work finds out that it should stop (latentrt/cancel.hpp).

#include <latentrt/cancel.hpp>

namespace latentrt {

/// The cancel scopes of a thread. A loop constructs one before it begins and calls it in each
/// iteration, which costs one relaxed load per scope.
class CancelCheck {
 public:
  /// The current scopes of this thread.
  CancelCheck() noexcept;

  /// Throws Error(cancelled) if one of the flags is set.
  void operator()() const {
    for (const CancelScope* scope = innermost_; scope != nullptr; scope = scope->outer_)
      if (scope->flag_.cancelled()) fail_cancelled();
  }

  /// While this object exists, the calling thread has these scopes: for threads that do a part of
  /// the work.
  class Adopted {
   public:
    explicit Adopted(const CancelScope* innermost) noexcept;
    ~Adopted();
    Adopted(const Adopted&) = delete;
    Adopted& operator=(const Adopted&) = delete;

   private:
    const CancelScope* const before_;
  };
  [[nodiscard]] Adopted adopt() const noexcept { return Adopted(innermost_); }

 private:
  [[noreturn]] static void fail_cancelled();

  const CancelScope* innermost_;
};

/// Checks once.
inline void check_cancelled() { CancelCheck()(); }

}  // namespace latentrt
