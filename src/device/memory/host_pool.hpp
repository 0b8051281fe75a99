#pragma once
/// Memory for activations on the host. LibTorch asks the system for every tensor and gives it back at once, and the
/// system clears each page anew; the pool keeps what one network call needed for the next. After the first calls at a
/// given size none asks the system for memory. Before use_host_pool() was called, or where it returned false, nothing here
/// has an effect.

#include <cstddef>
#include <cstdint>

namespace latentrt::device {

class Pool;

/// While one lives, what PoolScope took stays with the process. Safe from any thread.
class PoolLease {
 public:
  PoolLease();
  ~PoolLease();
  PoolLease(const PoolLease&) = delete;
  PoolLease& operator=(const PoolLease&) = delete;

 private:
  Pool* const pool_;  ///< the one that there was at the beginning, or null
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

/// Tensors that the process has made on the host since it began, by where their memory came from.
struct TensorCounts {
  std::uint64_t of_pool = 0;  ///< memory that was there
  std::uint64_t of_system =
      0;  ///< 4 KiB or more, asked of the system: for the pool to grow, or without it
  std::uint64_t small = 0;  ///< less
};
/// All zero where the process has another allocator than the pool's.
TensorCounts tensor_counts();

PoolStats pool_stats();

}  // namespace latentrt::device
