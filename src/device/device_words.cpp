#include "device/device_words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace latentrt::device {
namespace {

constexpr double kMebibyte = 1024.0 * 1024.0;

std::string mebibytes(std::uint64_t bytes) {
  return fmt::format("{:.0f} MiB", static_cast<double>(bytes) / kMebibyte);
}

/// CUDA guarantees that a driver runs binaries built for an earlier version, and for a later minor
/// version of its own major.
bool is_too_old(kernels::CudaVersions versions) {
  return versions.driver / 1000 < versions.runtime / 1000;
}

}  // namespace

std::string cuda_version(int number) {
  return fmt::format("{}.{}", number / 1000, number % 1000 / 10);
}

bool runs_on(const std::string& architecture, int major, int minor) {
  int number = 0;
  const char* const end = architecture.data() + architecture.size();
  const std::string_view rest(std::from_chars(architecture.data(), end, number).ptr, end);
  const int built_major = number / 10, built_minor = number % 10;
  const bool same = built_major == major, from_there = built_minor <= minor;
  if (rest.starts_with('a')) return same && built_minor == minor;
  if (rest.starts_with('f')) return same && from_there;
  const bool has_machine_code = rest != "-virtual", has_intermediate_code = rest != "-real";
  return (has_machine_code && same && from_there) ||
         (has_intermediate_code && (built_major < major || (same && from_there)));
}

std::optional<std::string> missing_code(const kernels::CudaDevice& gpu,
                                        const std::vector<std::string>& architectures) {
  const auto fits = [&](const std::string& architecture) {
    return runs_on(architecture, gpu.major, gpu.minor);
  };
  if (std::ranges::any_of(architectures, fits)) return std::nullopt;
  return fmt::format(
      "cuda:{} ({}) has compute capability {}.{}, and this build has code for {}: build it with "
      "-DCMAKE_CUDA_ARCHITECTURES={}{}",
      gpu.index, gpu.name, gpu.major, gpu.minor, fmt::join(architectures, ", "), gpu.major,
      gpu.minor);
}

std::string missing_device(const std::string& name, kernels::CudaVersions versions, int count) {
  const std::string start = fmt::format("device '{}' is not available: ", name);
  if (versions.runtime == 0) return start + "this is a build without CUDA";
  if (versions.driver == 0)
    return start +
           fmt::format("this machine has no NVIDIA driver (this build needs one for CUDA {})",
                       cuda_version(versions.runtime));
  if (is_too_old(versions))
    return start +
           fmt::format("the NVIDIA driver is for CUDA up to {}, and this build needs one for {}",
                       cuda_version(versions.driver), cuda_version(versions.runtime));
  return start + fmt::format("this process can use {} CUDA devices", count);
}

std::string exhausted_memory(const std::optional<MemoryShortage>& shortage) {
  const char* const hint =
      "a smaller size or batch, bf16 or fp16 (--dtype), or the autoencoder in tiles (--vae-tiling) "
      "take less";
  if (!shortage) return fmt::format("device memory is exhausted: {}", hint);
  return fmt::format("device memory is exhausted: {} were asked for, and {} of {} are free; {}",
                     mebibytes(shortage->asked), mebibytes(shortage->free),
                     mebibytes(shortage->total), hint);
}

}  // namespace latentrt::device
