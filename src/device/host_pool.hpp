#pragma once
/// Memory for activations on the host. LibTorch asks the system for every tensor and gives it back at once, and the
/// system clears each page anew; the pool keeps what one network call needed for the next. After the first calls at a
/// given size none asks the system for memory.

#include <cstddef>

namespace latentrt::device {

/// While one lives, what PoolScope took stays with the process. Safe from any thread.
class PoolLease {
 public:
  PoolLease();
  ~PoolLease();
  PoolLease(const PoolLease&) = delete;
  PoolLease& operator=(const PoolLease&) = delete;
};

/// While one lives, tensors that this thread makes on the host come from the pool. Scopes may be nested; tensors may
/// outlive their scope, and may die on another thread. Small ones and those of other threads are LibTorch's, as before.
class PoolScope {
 public:
  PoolScope();
  ~PoolScope();

 private:
  PoolLease lease_;
};

/// Gives back the memory that no tensor uses, for a run that goes on at another size.
void trim_pool();

struct PoolStats {
  std::size_t reserved = 0;  ///< bytes taken from the system
  std::size_t used = 0;      ///< of them: bytes in tensors
};

PoolStats pool_stats();

}  // namespace latentrt::device
