#include "kernels/device_query.h"

namespace latentrt::kernels {

int cuda_device_count() noexcept { return 0; }
int cuda_capability(int) noexcept { return 0; }
std::vector<CudaDevice> cuda_devices() { return {}; }

}  // namespace latentrt::kernels
