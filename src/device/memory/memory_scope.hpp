#pragma once
/// Selects which tensors use a caller's memory.

#include <mutex>

namespace latentrt::device {

/// GPU memory from a caller's allocator.
class AdoptedMemory {
 public:
  virtual ~AdoptedMemory() = default;

 private:
  friend class MemoryScope;
  /// From begin() to end(), LibTorch's allocator uses it for tensors of the scopes' threads. Not
  /// called again in between.
  virtual void begin() = 0;
  virtual void end() noexcept = 0;

  std::mutex mutex_;
  int scopes_ = 0;
};

/// While a scope exists, tensors that this thread creates on the GPU come from `memory`, or with
/// null from LibTorch's own. Scopes may be nested, and tensors may outlive them.
class MemoryScope {
 public:
  explicit MemoryScope(AdoptedMemory* memory);
  ~MemoryScope();
  MemoryScope(const MemoryScope&) = delete;
  MemoryScope& operator=(const MemoryScope&) = delete;

  /// The memory of the thread's innermost scope, or null.
  static AdoptedMemory* current() noexcept;

 private:
  AdoptedMemory* const memory_;
  AdoptedMemory* const outer_;
};

}  // namespace latentrt::device
