#pragma once
/// What CUDA's error codes mean for the caller.

namespace latentrt::kernels {

enum class CudaFault {
  call,    ///< this call failed, later ones may succeed
  memory,  ///< the GPU's memory is exhausted
  lost,    ///< the process's context on the GPU is destroyed, and every later call returns the same
};

/// Of a cudaError_t that is not cudaSuccess.
constexpr CudaFault fault_of(int code) noexcept {
  switch (code) {
    case 2:  // cudaErrorMemoryAllocation
      return CudaFault::memory;
    case 214:  // cudaErrorECCUncorrectable
    case 220:  // cudaErrorNvlinkUncorrectable
    case 226:  // cudaErrorContained
    case 700:  // cudaErrorIllegalAddress
    case 702:  // cudaErrorLaunchTimeout
    case 709:  // cudaErrorContextIsDestroyed
    case 710:  // cudaErrorAssert
    case 714:  // cudaErrorHardwareStackError
    case 715:  // cudaErrorIllegalInstruction
    case 716:  // cudaErrorMisalignedAddress
    case 717:  // cudaErrorInvalidAddressSpace
    case 718:  // cudaErrorInvalidPc
    case 719:  // cudaErrorLaunchFailure
    case 721:  // cudaErrorTensorMemoryLeak
    case 810:  // cudaErrorMpsClientTerminated
    case 911:  // cudaErrorExternalDevice
      return CudaFault::lost;
    default:
      return CudaFault::call;
  }
}

}  // namespace latentrt::kernels
