#pragma once
/// Where the work is done: one device.

#include <cstdint>
#include <latentrt/api.hpp>
#include <memory>
#include <string>
#include <vector>

namespace latentrt {

struct ContextOptions {
  std::string device = "cpu";  ///< "cpu", "cuda" or "cuda:i"
  int threads =
      0;  ///< size of LibTorch's pool, which belongs to the whole process; 0 leaves it alone
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

/// Immutable handle; copies share it. Usable from any thread.
class LATENTRT_API Context {
 public:
  /// Throws Error: invalid_argument when the device is not of that form; unsupported when it is not there, when this build has
  /// no code for it, or when its driver is too old.
  static Context create(const ContextOptions& options = {});

  /// Every device that is here, and whether create() would accept it.
  static std::vector<DeviceInfo> devices();

  /// LibTorch, and what there is of CUDA: its runtime, the newest one that the driver knows, cuDNN, cuBLASLt, NCCL.
  static std::vector<LibraryVersion> libraries();

  const std::string& device() const noexcept;

  struct State;
  const State& state() const noexcept { return *state_; }

 private:
  explicit Context(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace latentrt
