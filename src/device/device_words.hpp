#pragma once
/// What is said about a GPU that cannot be used, or that failed. All of it from plain values.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "device/cuda/device_query.h"

namespace latentrt::device {

/// "13.0" for 13000.
std::string cuda_version(int number);

/// Whether kernels compiled for an architecture, as CMAKE_CUDA_ARCHITECTURES names it, run on a GPU of that compute
/// capability: machine code within its major version from its minor one on, intermediate code from there on, and what is
/// specific to an architecture ("90a") or a family ("100f") there alone.
bool runs_on(const std::string& architecture, int major, int minor);

/// Why this build has no code for the GPU, or nothing where it has.
std::optional<std::string> missing_code(const kernels::CudaDevice& gpu,
                                        const std::vector<std::string>& architectures);

/// Why there are fewer GPUs than asked for: a build without CUDA, no driver, one that is too old, or so few GPUs.
std::string missing_device(const std::string& name, kernels::CudaVersions versions, int count);

/// A request that a GPU's memory could not meet, in bytes.
struct MemoryShortage {
  std::uint64_t asked = 0, free = 0, total = 0;
};
/// Without figures where nobody noted them.
std::string exhausted_memory(const std::optional<MemoryShortage>& shortage);

}  // namespace latentrt::device
