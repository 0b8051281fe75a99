/// Versions of the libraries in use.
#include <dlfcn.h>
#include <fmt/format.h>
#include <torch/headeronly/version.h>

#include <latentrt/context.hpp>

#include "device/device_words.hpp"

namespace latentrt {
namespace {

/// A function of a library that LibTorch has loaded, or null, so that none of them is required.
template <class Function>
Function* loaded(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

/// cuDNN, cuBLASLt and NCCL use the same form of version number.
std::string version_of(long number) {
  return fmt::format("{}.{}.{}", number / 10000, number / 100 % 100, number % 100);
}

}  // namespace

std::vector<LibraryVersion> Context::libraries() {
  std::vector<LibraryVersion> found{{"LibTorch", TORCH_VERSION}};
  const kernels::CudaVersions cuda = kernels::cuda_versions();
  if (cuda.runtime == 0) return found;
  found.push_back({"CUDA runtime", device::cuda_version(cuda.runtime)});
  found.push_back({"CUDA driver", cuda.driver == 0 ? "none" : device::cuda_version(cuda.driver)});
  if (auto* const ask = loaded<std::size_t()>("cudnnGetVersion"))
    found.push_back({"cuDNN", version_of(static_cast<long>(ask()))});
  if (auto* const ask = loaded<std::size_t()>("cublasLtGetVersion"))
    found.push_back({"cuBLASLt", version_of(static_cast<long>(ask()))});
  int number = 0;
  if (auto* const ask = loaded<int(int*)>("ncclGetVersion"); ask != nullptr && ask(&number) == 0)
    found.push_back({"NCCL", version_of(number)});
  return found;
}

}  // namespace latentrt
