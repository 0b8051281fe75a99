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
};

/// Immutable handle; copies share it. Usable from any thread.
class LATENTRT_API Context {
 public:
  /// Throws Error(invalid_argument) when the device is not of that form, Error(unsupported) when it is not there.
  static Context create(const ContextOptions& options = {});

  /// Every device that create() would accept here.
  static std::vector<DeviceInfo> devices();

  const std::string& device() const noexcept;

  struct State;
  const State& state() const noexcept { return *state_; }

 private:
  explicit Context(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace latentrt
