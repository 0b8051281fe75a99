#pragma once
/// CUDA's error codes as Errors. For .cu files only: it needs the toolkit's headers.

#include <cuda_runtime_api.h>

#include <latentrt/error.hpp>
#include <string>

#include "device/cuda/cuda_faults.h"

namespace latentrt::kernels {

// The table of codes is independent of the toolkit; these assertions check some of each kind.
static_assert(fault_of(cudaErrorMemoryAllocation) == CudaFault::memory);
static_assert(fault_of(cudaErrorIllegalAddress) == CudaFault::lost);
static_assert(fault_of(cudaErrorLaunchFailure) == CudaFault::lost);
static_assert(fault_of(cudaErrorExternalDevice) == CudaFault::lost);
static_assert(fault_of(cudaErrorInvalidResourceHandle) == CudaFault::call);

inline Code code_of(cudaError_t status) {
  switch (fault_of(status)) {
    case CudaFault::memory:
      return Code::out_of_memory;
    case CudaFault::lost:
      return Code::device_lost;
    case CudaFault::call:
      break;
  }
  return Code::internal;
}

inline void cuda_check(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  static_cast<void>(cudaGetLastError());  // or the next launch would report it
  throw Error(code_of(status), std::string(what) + ": CUDA reports " + cudaGetErrorString(status));
}

}  // namespace latentrt::kernels
