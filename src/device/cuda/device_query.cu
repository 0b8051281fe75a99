#include "device/cuda/device_query.h"

#include <cuda_runtime_api.h>

#include "device/cuda/cuda_faults.h"

namespace latentrt::kernels {
namespace {

/// The result is valid either way, so no error is left pending.
bool succeeds(cudaError_t status) noexcept {
  if (status == cudaSuccess) return true;
  static_cast<void>(cudaGetLastError());
  return false;
}

}  // namespace

int cuda_device_count() noexcept {
  int count = 0;
  return succeeds(cudaGetDeviceCount(&count)) ? count : 0;
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
    if (!succeeds(cudaGetDeviceProperties(&properties, index))) continue;
    devices.push_back(
        {index, properties.name, properties.totalGlobalMem, properties.major, properties.minor});
  }
  return devices;
}

CudaVersions cuda_versions() noexcept {
  CudaVersions versions;
  if (!succeeds(cudaRuntimeGetVersion(&versions.runtime))) versions.runtime = 0;
  if (!succeeds(cudaDriverGetVersion(&versions.driver))) versions.driver = 0;
  return versions;
}

int cuda_device_of(const void* address) noexcept {
  cudaPointerAttributes attributes{};
  if (!succeeds(cudaPointerGetAttributes(&attributes, address))) return -1;
  const bool on_device =
      attributes.type == cudaMemoryTypeDevice || attributes.type == cudaMemoryTypeManaged;
  return on_device ? attributes.device : -1;
}

int cuda_device_of_stream(void* stream) noexcept {
  int device = -1;
  return succeeds(cudaStreamGetDevice(static_cast<cudaStream_t>(stream), &device)) ? device : -1;
}

bool cuda_is_lost(int device) noexcept {
  int before = 0;
  const bool known = succeeds(cudaGetDevice(&before));
  // Calls without effect; like every call they return the error that destroyed the context, if any.
  cudaError_t status = cudaSetDevice(device);
  if (status == cudaSuccess) status = cudaFree(nullptr);
  succeeds(status);
  if (known) succeeds(cudaSetDevice(before));
  return fault_of(status) == CudaFault::lost;
}

}  // namespace latentrt::kernels
