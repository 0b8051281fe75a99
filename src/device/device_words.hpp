#pragma once
/// Error sentences about a GPU that cannot be used, or that failed, from plain values.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "device/cuda/device_query.h"

namespace latentrt::device {

/// "13.0" for 13000.
std::string cuda_version(int number);

/// Whether kernels compiled for an architecture, in the form of CMAKE_CUDA_ARCHITECTURES, run on a
/// GPU of that compute capability: machine code within its major version from its minor one
/// upwards, intermediate code from its version upwards, and code specific to an architecture
/// ("90a") or a family ("100f") only there.
bool runs_on(const std::string& architecture, int major, int minor);

/// Why this build has no code for the GPU; nothing if it has.
std::optional<std::string> missing_code(const kernels::CudaDevice& gpu,
                                        const std::vector<std::string>& architectures);

/// Why fewer GPUs than requested are available: a build without CUDA, no driver, a driver that is
/// too old, or the number of GPUs.
std::string missing_device(const std::string& name, kernels::CudaVersions versions, int count);

/// A GPU memory request that failed, in bytes.
struct MemoryShortage {
  std::uint64_t asked = 0, free = 0, total = 0;
};
/// Without figures if none were recorded.
std::string exhausted_memory(const std::optional<MemoryShortage>& shortage);

}  // namespace latentrt::device
