#include <ATen/cuda/CUDAEvent.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <cuda_runtime_api.h>

#include <atomic>

#include "base/fail.hpp"
#include "device/graph.hpp"
#include "device/memory/adopted_pool.hpp"

namespace latentrt::device {
namespace {

using c10::cuda::CUDAStream;

std::atomic<int> graphs = 0;

/// Work enqueued on `after` from now on waits for the work enqueued on `before`.
void chain(const CUDAStream& before, const CUDAStream& after) {
  at::cuda::CUDAEvent event;
  event.record(before);
  event.block(after);
}

class CudaGraph final : public Graph {
 public:
  CudaGraph(c10::Device device, const std::function<void()>& work) {
    const c10::cuda::CUDAGuard guard(device);
    const CUDAStream current = c10::cuda::getCurrentCUDAStream(device.index());
    const CUDAStream side = c10::cuda::getStreamFromPool(false, device.index());
    chain(current, side);
    try {
      const c10::cuda::CUDAStreamGuard on_side(side);
      work();
      capture(work);
    } catch (...) {
      wait_for_device();  // enqueued work reads memory that is about to be freed
      throw;
    }
    chain(side, current);
    ++graphs;
  }
  ~CudaGraph() override {
    --graphs;
    if (pool_) wait_for_device();  // the caller may reuse its blocks at once
  }
  CudaGraph(const CudaGraph&) = delete;
  CudaGraph& operator=(const CudaGraph&) = delete;

  void launch() override { graph_.replay(); }

 private:
  /// Errors are ignored: a lost device has no work left.
  static void wait_for_device() noexcept { static_cast<void>(cudaDeviceSynchronize()); }

  /// Other threads may use the device meanwhile. Memory that the work allocates belongs to the
  /// graph, so it must not come from the pool of other tensors.
  void capture(const std::function<void()>& work) {
    pool_ = pool_of_graph(MemoryScope::current());
    const MemoryScope own(nullptr);
    graph_.capture_begin(pool_ ? pool_->id() : c10::MempoolId_t{0, 0},
                         cudaStreamCaptureModeThreadLocal);
    try {
      work();
    } catch (...) {
      try {
        graph_.capture_end();
      } catch (const c10::Error&) {
        // The capture ends either way; the exception already says why it failed.
      }
      throw;
    }
    graph_.capture_end();
  }

  std::unique_ptr<at::cuda::MemPool> pool_;  ///< in the caller's memory, or null
  at::cuda::CUDAGraph graph_;
};

}  // namespace

int live_graphs() noexcept { return graphs; }

bool can_record(c10::Device device) noexcept { return device.is_cuda(); }

std::unique_ptr<Graph> record(c10::Device device, const std::function<void()>& work) {
  if (!can_record(device))
    fail(Code::unsupported, "work of {} cannot be recorded: it is not a CUDA device", device.str());
  return std::make_unique<CudaGraph>(device, work);
}

}  // namespace latentrt::device
