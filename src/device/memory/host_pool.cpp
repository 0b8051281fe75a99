#include "device/memory/host_pool.hpp"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <latentrt/host_pool.hpp>
#include <mutex>

#include "base/keep_loaded.hpp"
#include "device/memory/best_fit.hpp"

namespace latentrt::device {
namespace {

constexpr std::size_t kSmallest = 4096;     // bytes from which an allocation is pooled
constexpr std::size_t kGrain = 256;         // bytes to which sizes are rounded up
constexpr std::size_t kChunk = 32 << 20;    // smallest number of bytes requested from the system
constexpr std::size_t kHugePage = 2 << 20;  // bytes
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kPooling = false;  // the sanitizer must see each tensor's own bounds and lifetime
#else
constexpr bool kPooling = true;
#endif

std::size_t round_up(std::size_t size, std::size_t multiple) {
  return (size + multiple - 1) / multiple * multiple;
}

/// Large pages reduce page faults and TLB misses; an older kernel may refuse them.
void ask_for_huge_pages(std::byte* begin, std::size_t size) {
  const auto address = reinterpret_cast<std::uintptr_t>(begin);
  const std::size_t skip = round_up(address, kHugePage) - address;
  if (skip < size) madvise(begin + skip, (size - skip) / kHugePage * kHugePage, MADV_HUGEPAGE);
}

std::atomic<std::uint64_t> of_pool = 0, of_system = 0, small = 0;

}  // namespace

class Pool {
 public:
  void* take(std::size_t bytes) {
    const std::size_t size = round_up(bytes, kGrain);
    const std::lock_guard lock(mutex_);
    if (std::byte* const piece = fit_.take(size)) {
      ++of_pool;
      return piece;
    }
    ++of_system;
    const std::size_t chunk = std::max(kChunk, round_up(size, kHugePage));
    auto* const begin = static_cast<std::byte*>(c10::alloc_cpu(chunk));
    ask_for_huge_pages(begin, chunk);
    fit_.add_chunk(begin, chunk);
    return fit_.take(size);
  }

  bool give_back(void* piece) {
    const std::lock_guard lock(mutex_);
    if (!fit_.give_back(static_cast<std::byte*>(piece))) return false;
    if (leases_ == 0) release_chunks();
    return true;
  }

  void add_lease() {
    const std::lock_guard lock(mutex_);
    ++leases_;
  }

  void end_lease() {
    const std::lock_guard lock(mutex_);
    if (--leases_ == 0) release_chunks();
  }

  void trim() {
    const std::lock_guard lock(mutex_);
    release_chunks();
  }

  PoolStats stats() {
    const std::lock_guard lock(mutex_);
    return {.reserved = fit_.reserved(), .used = fit_.used()};
  }

 private:
  void release_chunks() {
    for (std::byte* const chunk : fit_.remove_free_chunks()) c10::free_cpu(chunk);
  }

  std::mutex mutex_;
  BestFit fit_;
  int leases_ = 0;
};

namespace {

/// Null until use_host_pool() has set the allocator. Never destroyed, because tensors of other
/// static objects may live longer.
std::atomic<Pool*> the_pool = nullptr;

thread_local int scopes = 0;

/// LibTorch's own allocator, preceded by the pool inside a PoolScope.
class PooledAllocator final : public c10::Allocator {
 public:
  explicit PooledAllocator(Pool* pool) : pool_(pool) {}

  c10::DataPtr allocate(std::size_t bytes) override {
    if (scopes == 0 || bytes < kSmallest) {
      ++(bytes < kSmallest ? small : of_system);
      c10::DataPtr data = c10::GetDefaultCPUAllocator()->allocate(bytes);
      if (bytes >= 2 * kHugePage) ask_for_huge_pages(static_cast<std::byte*>(data.get()), bytes);
      return data;
    }
    void* const data = pool_->take(bytes);
    return {data, data, &release, c10::kCPU};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &release; }

  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    default_copy_data(to, from, bytes);
  }

 private:
  /// Releases memory of the pool or of LibTorch; only the pool knows which.
  static void release(void* data) {
    if (!the_pool.load()->give_back(data)) c10::GetDefaultCPUAllocator()->raw_deleter()(data);
  }

  Pool* const pool_;
};

/// LibTorch calls the allocator, and frees with it, as long as the process runs, so the library
/// must stay loaded.
bool install() {
  const bool free_to = kPooling && c10::GetCPUAllocator() == c10::GetDefaultCPUAllocator();
  if (!free_to || !keep_loaded()) return false;
  the_pool = new Pool;
  c10::SetCPUAllocator(new PooledAllocator(the_pool));
  return true;
}

}  // namespace

PoolLease::PoolLease() : pool_(the_pool) {
  if (pool_ != nullptr) pool_->add_lease();
}

PoolLease::~PoolLease() {
  if (pool_ != nullptr) pool_->end_lease();
}

PoolScope::PoolScope() { ++scopes; }
PoolScope::~PoolScope() { --scopes; }

void trim_pool() {
  if (Pool* const pool = the_pool) pool->trim();
}

PoolStats pool_stats() {
  Pool* const pool = the_pool;
  return pool == nullptr ? PoolStats{} : pool->stats();
}

TensorCounts tensor_counts() { return {of_pool, of_system, small}; }

}  // namespace latentrt::device

namespace latentrt {

bool use_host_pool() {
  static const bool installed = device::install();
  return installed;
}

}  // namespace latentrt
