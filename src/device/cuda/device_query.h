#pragma once
/// The CUDA devices that this process can use; none in builds without CUDA and on machines without
/// a driver.

#include <cstdint>
#include <string>
#include <vector>

namespace latentrt::kernels {

struct CudaDevice {
  int index = 0;
  std::string name;
  std::uint64_t memory_bytes = 0;
  int major = 0, minor = 0;  ///< compute capability
};

int cuda_device_count() noexcept;
/// Ten times the major compute capability, plus the minor one: 90; 0 if the device does not exist.
int cuda_capability(int index) noexcept;
inline bool cuda_device_present() noexcept { return cuda_device_count() > 0; }
std::vector<CudaDevice> cuda_devices();

/// 13000 means 13.0. Version of the runtime, and the newest that the driver supports; 0 without
/// one.
struct CudaVersions {
  int runtime = 0, driver = 0;
};
CudaVersions cuda_versions() noexcept;

/// Architectures that kernels were compiled for, in the form of CMAKE_CUDA_ARCHITECTURES: "80",
/// "90a", "120-real".
std::vector<std::string> cuda_architectures();

/// The GPU that can access this address, or -1 for memory that only the host can access.
int cuda_device_of(const void* address) noexcept;

/// The GPU of the stream, or -1 if CUDA does not know it.
int cuda_device_of_stream(void* stream) noexcept;

/// Whether every later call to the device fails.
bool cuda_is_lost(int device) noexcept;

}  // namespace latentrt::kernels
