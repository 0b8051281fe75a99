#include "device/memory/memory_scope.hpp"

namespace latentrt::device {
namespace {

thread_local AdoptedMemory* innermost = nullptr;

}  // namespace

MemoryScope::MemoryScope(AdoptedMemory* memory) : memory_(memory), outer_(innermost) {
  if (memory_ != nullptr) {
    const std::lock_guard lock(memory_->mutex_);
    if (memory_->scopes_ == 0) memory_->begin();
    ++memory_->scopes_;
  }
  innermost = memory_;
}

MemoryScope::~MemoryScope() {
  innermost = outer_;
  if (memory_ == nullptr) return;
  const std::lock_guard lock(memory_->mutex_);
  if (--memory_->scopes_ == 0) memory_->end();
}

AdoptedMemory* MemoryScope::current() noexcept { return innermost; }

}  // namespace latentrt::device
