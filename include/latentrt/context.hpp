#pragma once
/// Where the work is done: one device.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <latentrt/api.hpp>
#include <memory>
#include <string>
#include <vector>

namespace latentrt {

/// A GPU's memory as the caller hands it out, in blocks that the library divides among its tensors: what a run has left is
/// kept for the next one. Both functions are called from any thread that uses the context, one at a time, and must not
/// call the library nor throw; they must stay callable until the context and all that was made with it are gone. `stream` is
/// a cudaStream_t: the one on which the block is used first. The GPU is done with a block that is released.
struct DeviceAllocator {
  std::function<void*(std::size_t bytes, int device, void* stream)>
      allocate{};  ///< null where there is none
  std::function<void(void* data, std::size_t bytes, int device, void* stream)> release{};
};

struct ContextOptions {
  std::string device = "cpu";  ///< "cpu", "cuda" or "cuda:i"
  /// Size of LibTorch's pool, which belongs to the whole process; 0 leaves it alone, which means one thread for each core. For
  /// a process with work of its own see threads.hpp.
  int threads = 0;
  /// A cudaStream_t of that device, on which all of the library's work is put, in order with the caller's own. It must
  /// outlive all that is made with the context. Null takes LibTorch's current stream of the thread that calls create().
  void* stream = nullptr;
  DeviceAllocator allocator{};  ///< both functions, or none: LibTorch's own
};

struct DeviceInfo {
  std::string name;            ///< as ContextOptions::device takes it
  std::string description;     ///< processor or GPU model
  std::uint64_t memory_bytes;  ///< of the device (the host's memory for "cpu")
  std::string capability{};    ///< a GPU's compute capability, "9.0" for example
  std::string refusal{};       ///< why create() would refuse it; empty where it would not
};

/// A library that this one works with, as it was found at run time.
struct LibraryVersion {
  std::string name, version;
};

/// Immutable handle; copies share it. Usable from any thread. No call of the library leaves the caller's current CUDA device
/// (of the runtime) or LibTorch's current stream other than it found them.
class LATENTRT_API Context {
 public:
  /// Throws Error: invalid_argument when the device is not of that form, or when stream or allocator do not go with it;
  /// unsupported when it is not there, when this build has no code for it, or when its driver is too old.
  static Context create(const ContextOptions& options = {});

  /// Every device that is here, and whether create() would accept it.
  static std::vector<DeviceInfo> devices();

  /// LibTorch, and what there is of CUDA: its runtime, the newest one that the driver knows, cuDNN, cuBLASLt, NCCL.
  static std::vector<LibraryVersion> libraries();

  const std::string& device() const noexcept;

  struct State;
  const std::shared_ptr<const State>& state() const noexcept { return state_; }

 private:
  explicit Context(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace latentrt
