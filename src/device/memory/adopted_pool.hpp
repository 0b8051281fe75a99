#pragma once
/// The caller's memory as LibTorch's allocator divides it. For builds with CUDA.

#include <ATen/cuda/MemPool.h>

#include <memory>

#include "device/memory/memory_scope.hpp"

namespace latentrt::device {

/// Recordings of the process that there are.
int live_graphs() noexcept;

/// A pool of its own in the same memory, for tensors at addresses that a graph has written down; null for null.
std::unique_ptr<at::cuda::MemPool> pool_of_graph(AdoptedMemory* memory);

}  // namespace latentrt::device
