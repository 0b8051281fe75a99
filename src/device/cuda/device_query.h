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
/// Ten times the major compute capability, plus the minor one: 90; 0 where there is no such device.
int cuda_capability(int index) noexcept;
inline bool cuda_device_present() noexcept { return cuda_device_count() > 0; }
std::vector<CudaDevice> cuda_devices();

/// 13000 stands for 13.0. Of the runtime, and the newest that the driver knows; 0 without one.
struct CudaVersions {
  int runtime = 0, driver = 0;
};
CudaVersions cuda_versions() noexcept;

/// What kernels were compiled for, as CMAKE_CUDA_ARCHITECTURES has it: "80", "90a", "120-real".
std::vector<std::string> cuda_architectures();

/// The GPU that can read and write at this address, or -1: memory of the host alone.
int cuda_device_of(const void* address) noexcept;

/// The GPU on which the stream is, or -1 where CUDA does not know it.
int cuda_device_of_stream(void* stream) noexcept;

/// Whether every call to the device fails from now on.
bool cuda_is_lost(int device) noexcept;

}  // namespace latentrt::kernels
