#pragma once
/// The device that computes, and the libraries that this needs.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <latentrt/api.hpp>
#include <memory>
#include <string>
#include <vector>

namespace latentrt {

/// Allocator of GPU memory, provided by the caller. It provides blocks, which the library divides
/// among its tensors and keeps from one run to the next. Both functions are called from any thread
/// that uses the context, one call at a time. They must not call the library or throw, and must
/// stay callable until the context and everything made with it are destroyed. `stream` is the
/// cudaStream_t on which the block is used first. The GPU no longer uses a block when it is
/// released.
struct DeviceAllocator {
  /// returns null if there is no memory
  std::function<void*(std::size_t bytes, int device, void* stream)> allocate{};
  std::function<void(void* data, std::size_t bytes, int device, void* stream)> release{};
};

struct ContextOptions {
  std::string device = "cpu";  ///< "cpu", "cuda" or "cuda:i"
  /// Size of LibTorch's thread pool, which the whole process shares; 0 leaves it unchanged (by
  /// default one thread per core). For a process that does other work see threads.hpp.
  int threads = 0;
  /// A cudaStream_t of the device, on which the library enqueues all its work, in order with the
  /// caller's own. It must outlive everything made with the context. Null: LibTorch's current
  /// stream of the thread that calls create().
  void* stream = nullptr;
  DeviceAllocator allocator{};  ///< both functions, or neither for LibTorch's own allocator
};

struct DeviceInfo {
  std::string name;            ///< in the form that ContextOptions::device takes
  std::string description;     ///< model of the processor or GPU
  std::uint64_t memory_bytes;  ///< memory of the device (for "cpu", of the host)
  std::string capability{};    ///< compute capability of a GPU, for example "9.0"
  std::string refusal{};       ///< why create() would refuse the device; empty if it would not
};

/// A library that this one uses, with the version found at run time.
struct LibraryVersion {
  std::string name, version;
};

/// Immutable handle; copies share it. Usable from any thread. No call of the library changes the
/// caller's current CUDA device (of the runtime) or LibTorch's current stream.
class LATENTRT_API Context {
 public:
  /// Throws Error: invalid_argument if the device name has another form, or if stream or allocator
  /// do not match the device; unsupported if the device does not exist, if this build has no code
  /// for it, or if its driver is too old.
  static Context create(const ContextOptions& options = {});

  /// Every device of this machine, and whether create() would accept it.
  static std::vector<DeviceInfo> devices();

  /// LibTorch, and the CUDA libraries that exist: runtime, newest version that the driver supports,
  /// cuDNN, cuBLASLt, NCCL.
  static std::vector<LibraryVersion> libraries();

  const std::string& device() const noexcept;

  struct State;
  const std::shared_ptr<const State>& state() const noexcept { return state_; }

 private:
  explicit Context(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace latentrt
