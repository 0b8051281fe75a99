#pragma once
/// The caller's memory as a pool of LibTorch's allocator. For builds with CUDA.

#include <ATen/cuda/MemPool.h>

#include <memory>

#include "device/memory/memory_scope.hpp"

namespace latentrt::device {

/// Number of graphs that exist in the process.
int live_graphs() noexcept;

/// A separate pool in the same memory, for tensors whose addresses a graph contains; null for null.
std::unique_ptr<at::cuda::MemPool> pool_of_graph(AdoptedMemory* memory);

}  // namespace latentrt::device
