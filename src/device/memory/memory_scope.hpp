#pragma once
/// Which tensors come from a caller's memory.

#include <mutex>

namespace latentrt::device {

/// Memory of a GPU that a caller hands out.
class AdoptedMemory {
 public:
  virtual ~AdoptedMemory() = default;

 private:
  friend class MemoryScope;
  /// LibTorch's allocator asks for tensors of the scopes' threads from begin() to end(). Not called again in between.
  virtual void begin() = 0;
  virtual void end() noexcept = 0;

  std::mutex mutex_;
  int scopes_ = 0;
};

/// While one lives, tensors that this thread makes on the GPU come from `memory`, or with null from LibTorch's own. Scopes
/// may be nested, and tensors may outlive them.
class MemoryScope {
 public:
  explicit MemoryScope(AdoptedMemory* memory);
  ~MemoryScope();
  MemoryScope(const MemoryScope&) = delete;
  MemoryScope& operator=(const MemoryScope&) = delete;

  /// That of the thread's innermost scope, or null.
  static AdoptedMemory* current() noexcept;

 private:
  AdoptedMemory* const memory_;
  AdoptedMemory* const outer_;
};

}  // namespace latentrt::device
