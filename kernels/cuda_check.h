#pragma once
/// CUDA's error codes as Errors. For .cu files only: it needs the toolkit's headers.

#include <cuda_runtime_api.h>

#include <latentrt/error.hpp>
#include <string>

namespace latentrt::kernels {

inline void cuda_check(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  const Code code = status == cudaErrorMemoryAllocation ? Code::out_of_memory : Code::internal;
  throw Error(code, std::string(what) + ": CUDA reports " + cudaGetErrorString(status));
}

}  // namespace latentrt::kernels
