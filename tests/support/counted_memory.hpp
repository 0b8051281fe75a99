#pragma once
/// How much memory LibTorch's tensors take on the host at once.

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <unordered_map>

namespace latentrt::testing {

/// Hands out the blocks of the allocator before it, and counts their bytes while it exists. One at
/// a time; blocks may outlive it.
class CountedMemory final : public c10::Allocator {
 public:
  CountedMemory() {
    books().begin(c10::GetCPUAllocator());
    c10::SetCPUAllocator(this, kPriority);
  }
  ~CountedMemory() override { c10::SetCPUAllocator(books().inner, kPriority); }
  CountedMemory(const CountedMemory&) = delete;
  CountedMemory& operator=(const CountedMemory&) = delete;

  c10::DataPtr allocate(std::size_t bytes) override {
    void* const data = books().inner->raw_allocate(bytes);
    if (data != nullptr) books().add(data, bytes);
    return {data, data, &release, c10::Device(c10::kCPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* dst, const void* src, std::size_t bytes) const override {
    default_copy_data(dst, src, bytes);
  }

  /// Bytes at the fullest moment so far.
  std::size_t peak() const { return books().peak; }

 private:
  static constexpr std::uint8_t kPriority = 255;

  struct Books {
    c10::Allocator* inner = nullptr;
    std::mutex mutex;
    std::unordered_map<void*, std::size_t> blocks;
    std::size_t live = 0, peak = 0;

    void begin(c10::Allocator* allocator) {
      const std::lock_guard lock(mutex);
      inner = allocator;
      blocks.clear();
      live = peak = 0;
    }
    void add(void* data, std::size_t bytes) {
      const std::lock_guard lock(mutex);
      blocks[data] = bytes;
      live += bytes;
      peak = std::max(peak, live);
    }
    /// Blocks of an earlier count are not in the books.
    void remove(void* data) {
      const std::lock_guard lock(mutex);
      const auto found = blocks.find(data);
      if (found == blocks.end()) return;
      live -= found->second;
      blocks.erase(found);
    }
  };
  static Books& books() {
    static Books all;
    return all;
  }
  static void release(void* data) {
    if (data == nullptr) return;
    books().remove(data);
    books().inner->raw_deallocate(data);
  }
};

}  // namespace latentrt::testing
