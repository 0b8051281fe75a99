#include "kernels/device_query.h"

#include <cuda_runtime_api.h>

namespace latentrt::kernels {

int cuda_device_count() noexcept {
  int count = 0;
  if (cudaGetDeviceCount(&count) == cudaSuccess) return count;
  // A machine without a driver: nothing is wrong, so leave no error behind.
  static_cast<void>(cudaGetLastError());
  return 0;
}

int cuda_capability(int index) noexcept {
  int major = 0, minor = 0;
  const bool found =
      cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, index) == cudaSuccess &&
      cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, index) == cudaSuccess;
  if (found) return 10 * major + minor;
  static_cast<void>(cudaGetLastError());
  return 0;
}

std::vector<CudaDevice> cuda_devices() {
  std::vector<CudaDevice> devices;
  for (int index = 0; index < cuda_device_count(); ++index) {
    cudaDeviceProp properties{};
    if (cudaGetDeviceProperties(&properties, index) != cudaSuccess) continue;
    devices.push_back({index, properties.name, properties.totalGlobalMem});
  }
  return devices;
}

}  // namespace latentrt::kernels
