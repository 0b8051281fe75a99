#pragma once
/// Device memory for tests and benchmarks of kernels (the engine's own memory comes from LibTorch).

#include <cstddef>

namespace latentrt::kernels {

/// Owns bytes on the current device, aligned to 256. In a build without CUDA every constructor
/// throws Error(unsupported). The functions below throw Error when CUDA reports one.
class DeviceMemory {
 public:
  explicit DeviceMemory(std::size_t bytes);
  DeviceMemory(DeviceMemory&& other) noexcept;
  DeviceMemory& operator=(DeviceMemory&&) = delete;
  ~DeviceMemory();

  std::byte* data() const noexcept { return data_; }
  std::size_t bytes() const noexcept { return bytes_; }

  void upload(const void* source);         ///< bytes() bytes from the host; waits
  void download(void* destination) const;  ///< bytes() bytes to the host; waits
  /// bytes() bytes on the device, on the default stream; does not wait
  void copy_from(const DeviceMemory& source);

 private:
  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
};

/// Waits for all work of the current device.
void synchronize_device();

}  // namespace latentrt::kernels
