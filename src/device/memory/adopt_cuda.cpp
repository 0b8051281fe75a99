#include "device/memory/adopt.hpp"

#include <ATen/cuda/CUDAContextLight.h>
#include <c10/cuda/CUDAGraphsC10Utils.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>
#include <torch/csrc/cuda/CUDAPluggableAllocator.h>

#include "base/fail.hpp"
#include "device/cuda/device_query.h"
#include "device/memory/adopted_pool.hpp"

namespace latentrt::device {
namespace {

namespace caching = c10::cuda::CUDACachingAllocator;

/// The caller's functions as a LibTorch allocator. They may also allocate while a graph is
/// recorded.
std::shared_ptr<caching::CUDAAllocator> block_source(const DeviceAllocator& allocator) {
  using Relaxed = c10::cuda::CUDAStreamCaptureModeGuard;
  return torch::cuda::CUDAPluggableAllocator::createCustomAllocator(
      [allocate = allocator.allocate](std::size_t bytes, int device, cudaStream_t stream) {
        const Relaxed relaxed(cudaStreamCaptureModeRelaxed);
        return allocate(bytes, device, stream);
      },
      [release = allocator.release](void* data, std::size_t bytes, int device,
                                    cudaStream_t stream) {
        const Relaxed relaxed(cudaStreamCaptureModeRelaxed);
        release(data, bytes, device, stream);
      });
}

/// LibTorch's own allocator requests blocks from the caller's, and divides them among tensors.
class PooledMemory final : public AdoptedMemory {
 public:
  PooledMemory(c10::Device device, const DeviceAllocator& allocator)
      : device_(device), blocks_(block_source(allocator)), pool_(make_pool()) {}

  /// LibTorch keeps workspaces of cuBLAS, one per stream, in whatever memory was in scope when they
  /// were first needed. Graphs contain their addresses, so they must stay, and the caller's blocks
  /// with them, while graphs of any context exist.
  ~PooledMemory() override {
    const c10::cuda::CUDAGuard guard(device_);
    static_cast<void>(cudaDeviceSynchronize());  // the caller may reuse its blocks at once
    if (live_graphs() == 0) at::cuda::clearCublasWorkspaces();
  }
  PooledMemory(const PooledMemory&) = delete;
  PooledMemory& operator=(const PooledMemory&) = delete;

  std::unique_ptr<at::cuda::MemPool> make_pool() const {
    const c10::cuda::CUDAGuard guard(device_);
    return std::make_unique<at::cuda::MemPool>(blocks_);
  }

 private:
  void begin() override {
    caching::beginAllocateToPool(device_.index(), pool_->id(),
                                 [this](cudaStream_t) { return MemoryScope::current() == this; });
  }

  void end() noexcept override {
    caching::endAllocateToPool(device_.index(), pool_->id());
    caching::releasePool(device_.index(), pool_->id());  // begin() took a share of it
  }

  const c10::Device device_;
  const std::shared_ptr<caching::CUDAAllocator> blocks_;
  const std::unique_ptr<at::cuda::MemPool> pool_;
};

}  // namespace

c10::Stream adopt_stream(c10::Device device, void* stream) {
  if (stream == nullptr) return c10::cuda::getCurrentCUDAStream(device.index());
  if (kernels::cuda_device_of_stream(stream) != device.index())
    fail(Code::invalid_argument, "the given stream is not a CUDA stream of {}", device.str());
  return c10::cuda::getStreamFromExternal(static_cast<cudaStream_t>(stream), device.index());
}

std::unique_ptr<AdoptedMemory> adopt_memory(c10::Device device, const DeviceAllocator& allocator) {
  return std::make_unique<PooledMemory>(device, allocator);
}

std::unique_ptr<at::cuda::MemPool> pool_of_graph(AdoptedMemory* memory) {
  return memory == nullptr ? nullptr : static_cast<const PooledMemory*>(memory)->make_pool();
}

}  // namespace latentrt::device
