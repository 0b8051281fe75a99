#include "device/cuda/device_query.h"

namespace latentrt::kernels {

int cuda_device_count() noexcept { return 0; }
int cuda_capability(int) noexcept { return 0; }
std::vector<CudaDevice> cuda_devices() { return {}; }
CudaVersions cuda_versions() noexcept { return {}; }
std::vector<std::string> cuda_architectures() { return {}; }
int cuda_device_of(const void*) noexcept { return -1; }
int cuda_device_of_stream(void*) noexcept { return -1; }
bool cuda_is_lost(int) noexcept { return false; }

}  // namespace latentrt::kernels
