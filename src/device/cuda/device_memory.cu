#include "device/cuda/device_memory.h"

#include <utility>

#include "device/cuda/cuda_check.h"

namespace latentrt::kernels {

DeviceMemory::DeviceMemory(std::size_t bytes) : bytes_(bytes) {
  cuda_check(cudaMalloc(reinterpret_cast<void**>(&data_), bytes), "device memory");
}

DeviceMemory::DeviceMemory(DeviceMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

DeviceMemory::~DeviceMemory() { static_cast<void>(cudaFree(data_)); }

void DeviceMemory::upload(const void* source) {
  cuda_check(cudaMemcpy(data_, source, bytes_, cudaMemcpyHostToDevice), "upload");
}

void DeviceMemory::download(void* destination) const {
  cuda_check(cudaMemcpy(destination, data_, bytes_, cudaMemcpyDeviceToHost), "download");
}

void DeviceMemory::copy_from(const DeviceMemory& source) {
  cuda_check(cudaMemcpyAsync(data_, source.data_, bytes_, cudaMemcpyDeviceToDevice),
             "copy on the device");
}

void synchronize_device() { cuda_check(cudaDeviceSynchronize(), "synchronise the device"); }

}  // namespace latentrt::kernels
