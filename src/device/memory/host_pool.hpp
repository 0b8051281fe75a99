#pragma once
/// A pool for activations on the host. LibTorch requests memory from the system for every tensor
/// and returns it at once, and the system clears each page anew; the pool keeps the memory of one
/// network call for the next. After the first calls of a size no call requests memory from the
/// system. Nothing here has an effect before use_host_pool() was called, or if it returned false.

#include <cstddef>
#include <cstdint>

namespace latentrt::device {

class Pool;

/// While a lease exists, memory that PoolScope took stays in the process. Safe from any thread.
class PoolLease {
 public:
  PoolLease();
  ~PoolLease();
  PoolLease(const PoolLease&) = delete;
  PoolLease& operator=(const PoolLease&) = delete;

 private:
  Pool* const pool_;  ///< the pool at construction, or null
};

/// While a scope exists, host tensors that this thread creates come from the pool. Scopes may be
/// nested; tensors may outlive their scope and be freed on another thread. Small tensors and those
/// of other threads still come from LibTorch.
class PoolScope {
 public:
  PoolScope();
  ~PoolScope();

 private:
  PoolLease lease_;
};

/// Returns the memory that no tensor uses to the system, for a run that continues at another size.
void trim_pool();

struct PoolStats {
  std::size_t reserved = 0;  ///< bytes taken from the system
  std::size_t used = 0;      ///< bytes in tensors
};

/// Number of host tensors that the process has created, by the source of their memory.
struct TensorCounts {
  std::uint64_t of_pool = 0;  ///< memory that the pool already had
  /// 4 KiB or more, requested from the system, with or without the pool
  std::uint64_t of_system = 0;
  std::uint64_t small = 0;  ///< less than 4 KiB
};
/// All zero if the process does not use the pool's allocator.
TensorCounts tensor_counts();

PoolStats pool_stats();

}  // namespace latentrt::device
