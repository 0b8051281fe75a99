#pragma once
/// Where long work looks whether it shall stop (latentrt/cancel.hpp).

#include <latentrt/cancel.hpp>

namespace latentrt {

/// The scopes of a thread. A loop makes one before it begins and calls it in each turn, which costs one relaxed load for each
/// scope.
class CancelCheck {
 public:
  /// Of this thread, as they are now.
  CancelCheck() noexcept;

  /// Throws Error(cancelled) when one of the flags is set.
  void operator()() const {
    for (const CancelScope* scope = innermost_; scope != nullptr; scope = scope->outer_)
      if (scope->flag_.cancelled()) fail_cancelled();
  }

  /// While the returned object lives, the calling thread has these scopes: for threads that do a part of the work.
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

/// Looks once.
inline void check_cancelled() { CancelCheck()(); }

}  // namespace latentrt
