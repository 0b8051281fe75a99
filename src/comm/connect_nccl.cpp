#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <nccl.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>
#include <thread>
#include <utility>

#include "base/cancel.hpp"
#include "base/fail.hpp"
#include "comm/agree.hpp"
#include "comm/nccl.hpp"

namespace latentrt::comm {
namespace {

using Clock = std::chrono::steady_clock;
using c10::cuda::CUDAStream;

/// An event of one exchange.
class Event {
 public:
  Event() { C10_CUDA_CHECK(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming)); }
  ~Event() { cudaEventDestroy(event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void record(const CUDAStream& stream) const {
    C10_CUDA_CHECK(cudaEventRecord(event_, stream.stream()));
  }
  void hold(const CUDAStream& stream) const {
    C10_CUDA_CHECK(cudaStreamWaitEvent(stream.stream(), event_, 0));
  }
  bool done() const {
    const cudaError_t state = cudaEventQuery(event_);
    if (state != cudaErrorNotReady) C10_CUDA_CHECK(state);
    return state == cudaSuccess;
  }

 private:
  cudaEvent_t event_ = nullptr;
};

/// A unique name of a GPU: "node3 0000:c1:00.0".
std::string name_of_gpu(int device) {
  std::array<char, 64> bus{}, host{};
  C10_CUDA_CHECK(cudaDeviceGetPCIBusId(bus.data(), static_cast<int>(bus.size()), device));
  ::gethostname(host.data(), host.size() - 1);
  return std::string(host.data()) + " " + bus.data();
}

void check_own_gpus(Communicator& host, int device) {
  const std::vector<std::string> gpus = gather_texts(host, name_of_gpu(device));
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (gpus[i] != gpus[j]) continue;
      fail(Code::invalid_argument,
           "ranks {} and {} share a GPU ({}), which NCCL does not allow: start one rank for each "
           "GPU",
           j, i, gpus[i]);
    }
  }
}

/// The identifier by which the ranks find each other, created by rank 0.
ncclUniqueId shared_id(Communicator& host) {
  ncclUniqueId id{};
  if (host.rank() == 0) {
    if (const ncclResult_t result = ncclGetUniqueId(&id); result != ncclSuccess)
      fail(Code::rank_failed, "NCCL cannot be initialised: {}", ncclGetErrorString(result));
  }
  const std::string first =
      gather_texts(host, std::string(id.internal, sizeof id.internal)).front();
  std::memcpy(id.internal, first.data(), sizeof id.internal);
  return id;
}

class Nccl final : public Communicator {
 public:
  Nccl(std::unique_ptr<Communicator> host, int device, std::chrono::milliseconds deadline)
      : Communicator(host->rank(), host->size()),
        host_(std::move(host)),
        deadline_(deadline),
        device_(static_cast<c10::DeviceIndex>(device)),
        stream_(c10::cuda::getStreamFromPool(true, device_)) {
    const c10::cuda::CUDAGuard guard(device_);
    const ncclUniqueId id = shared_id(*host_);
    ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
    config.blocking = 0;
    try {
      settle(ncclCommInitRankConfig(&ranks_, size(), id, rank(), &config), "connecting the GPUs");
    } catch (const Error&) {
      ncclCommAbort(ranks_);
      throw;
    }
  }

  ~Nccl() override {
    if (ranks_ == nullptr) return;
    if (failed_) {
      ncclCommAbort(ranks_);
    } else if (ncclCommFinalize(ranks_) == ncclSuccess || settled()) {
      ncclCommDestroy(ranks_);
    } else {
      ncclCommAbort(ranks_);
    }
  }

  void give_up(const std::string& reason) noexcept override {
    failed_ = true;
    host_->give_up(reason);
  }

  void finish(const Event& event) {
    const CancelCheck check_cancelled;
    const auto end = Clock::now() + deadline_;
    while (!event.done()) {
      check_cancelled();
      check_alive("an exchange of GPUs");
      if (Clock::now() > end) {
        failed_ = true;
        fail(Code::rank_failed, "rank {}: an exchange between GPUs did not complete within {} ms",
             rank(), deadline_.count());
      }
      std::this_thread::yield();
    }
  }

 private:
  std::unique_ptr<Pending> start(const Messages& sends, const Messages& receives,
                                 Traffic kind) override;

  void enqueue(const Messages& sends, const Messages& receives) {
    ncclGroupStart();
    for (const Message& message : sends)
      ncclSend(message.tensor.data_ptr(), message.tensor.nbytes(), ncclChar, message.peer, ranks_,
               stream_.stream());
    for (const Message& message : receives)
      ncclRecv(message.tensor.data_ptr(), message.tensor.nbytes(), ncclChar, message.peer, ranks_,
               stream_.stream());
    settle(ncclGroupEnd(), "an exchange of GPUs");
  }

  void check_alive(const char* what) {
    ncclResult_t state = ncclSuccess;
    ncclCommGetAsyncError(ranks_, &state);
    if (state == ncclSuccess || state == ncclInProgress) return;
    failed_ = true;
    fail(Code::rank_failed, "rank {}: {}: {}", rank(), what, ncclGetErrorString(state));
  }

  /// Calls return before they complete; until then no other call is allowed.
  void settle(ncclResult_t given, const char* what) {
    if (given != ncclSuccess && given != ncclInProgress) {
      failed_ = true;
      fail(Code::rank_failed, "rank {}: {}: {}", rank(), what, ncclGetErrorString(given));
    }
    if (settled()) return check_alive(what);
    failed_ = true;
    fail(Code::rank_failed, "rank {}: {} did not complete within {} ms", rank(), what,
         deadline_.count());
  }

  bool settled() const {
    const auto end = Clock::now() + deadline_;
    for (ncclResult_t state = ncclInProgress; Clock::now() < end; std::this_thread::yield()) {
      ncclCommGetAsyncError(ranks_, &state);
      if (state != ncclInProgress) return true;
    }
    return false;
  }

  const std::unique_ptr<Communicator> host_;
  const std::chrono::milliseconds deadline_;
  const c10::DeviceIndex device_;
  const CUDAStream stream_;
  ncclComm_t ranks_ = nullptr;
  bool failed_ = false;
};

class OnGpu final : public Pending {
 public:
  OnGpu(Nccl& ranks, Messages sends, Messages receives)
      : ranks_(ranks), sends_(std::move(sends)), receives_(std::move(receives)) {}

  const Event& event() const { return event_; }
  const Messages& sends() const { return sends_; }
  void wait() override {
    ranks_.finish(event_);
    event_.hold(c10::cuda::getCurrentCUDAStream());
    sends_.clear();
    receives_.clear();
  }

 private:
  Nccl& ranks_;
  Messages sends_, receives_;  ///< their memory is in use until then
  Event event_;
};

/// Sent tensors may be changed at once, so copies are sent.
Messages copies(const Messages& messages, const CUDAStream& stream) {
  Messages own;
  for (const Message& message : messages) {
    own.push_back({message.peer, message.tensor.clone()});
    c10::cuda::CUDACachingAllocator::recordStream(own.back().tensor.storage().data_ptr(), stream);
  }
  return own;
}

std::unique_ptr<Pending> Nccl::start(const Messages& sends, const Messages& receives,
                                     Traffic kind) {
  const Messages& any = sends.empty() ? receives : sends;
  if (any.empty() || any.front().tensor.is_cpu()) return host_->begin(sends, receives, kind);
  const c10::cuda::CUDAGuard guard(device_);
  auto pending = std::make_unique<OnGpu>(*this, copies(sends, stream_), receives);
  for (const Message& message : receives)
    c10::cuda::CUDACachingAllocator::recordStream(message.tensor.storage().data_ptr(), stream_);
  pending->event().record(c10::cuda::getCurrentCUDAStream(device_));
  pending->event().hold(stream_);
  enqueue(pending->sends(), receives);
  pending->event().record(stream_);
  return pending;
}

}  // namespace

bool has_nccl() noexcept { return true; }

std::unique_ptr<Communicator> connect_nccl(std::unique_ptr<Communicator> host, int device,
                                           std::chrono::milliseconds deadline) {
  check_own_gpus(*host, device);
  return std::make_unique<Nccl>(std::move(host), device, deadline);
}

}  // namespace latentrt::comm
