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
};

int cuda_device_count() noexcept;
/// Ten times the major compute capability, plus the minor one: 90; 0 where there is no such device.
int cuda_capability(int index) noexcept;
inline bool cuda_device_present() noexcept { return cuda_device_count() > 0; }
std::vector<CudaDevice> cuda_devices();

}  // namespace latentrt::kernels
