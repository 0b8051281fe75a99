#include <ATen/Context.h>
#include <c10/cuda/CUDACachingAllocator.h>

#include <mutex>
#include <utility>

#include "base/keep_loaded.hpp"
#include "device/memory/memory_watch.hpp"

namespace latentrt::device {
namespace {

/// LibTorch calls its observers on the requesting thread, before that thread gets the exception.
thread_local std::optional<MemoryShortage> last_shortage;

void note(std::int64_t, std::size_t asked, std::size_t total, std::size_t free) {
  last_shortage = MemoryShortage{asked, free, total};
}

}  // namespace

void watch_memory() {
  static std::once_flag once;
  std::call_once(once, [] {
    keep_loaded();  // an observer cannot be removed
    at::globalContext().lazyInitDevice(at::kCUDA);
    try {
      c10::cuda::CUDACachingAllocator::attachOutOfMemoryObserver(note);
    } catch (const c10::Error&) {
      // The process has an allocator of its own that takes no observers: errors then contain no
      // figures.
    }
  });
}

std::optional<MemoryShortage> take_shortage() noexcept {
  return std::exchange(last_shortage, std::nullopt);
}

}  // namespace latentrt::device
