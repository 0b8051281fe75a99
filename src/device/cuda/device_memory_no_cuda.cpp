#include "device/cuda/device_memory.h"

#include <latentrt/error.hpp>

namespace latentrt::kernels {
namespace {

[[noreturn]] void refuse() {
  throw Error(Code::unsupported, "device memory is not available: this build has no CUDA");
}

}  // namespace

DeviceMemory::DeviceMemory(std::size_t) { refuse(); }
DeviceMemory::DeviceMemory(DeviceMemory&&) noexcept = default;
DeviceMemory::~DeviceMemory() = default;
void DeviceMemory::upload(const void*) { refuse(); }
void DeviceMemory::download(void*) const { refuse(); }
void DeviceMemory::copy_from(const DeviceMemory&) { refuse(); }
void synchronize_device() { refuse(); }

}  // namespace latentrt::kernels
