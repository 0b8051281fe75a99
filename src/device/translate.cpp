#include "device/translate.hpp"

#include "device/cuda/cuda_faults.h"

namespace latentrt::device {
namespace {

/// LibTorch appends advice for its own developers to CUDA's message.
std::string_view first_line(std::string_view words) { return words.substr(0, words.find('\n')); }

}  // namespace

void fail_of_cuda(std::string_view where, const c10::AcceleratorError& error) {
  const std::string_view words = first_line(error.what_without_backtrace());
  switch (kernels::fault_of(error.get_error_code())) {
    case kernels::CudaFault::memory:
      fail(Code::out_of_memory, "{}: {}", where, exhausted_memory(take_shortage()));
    case kernels::CudaFault::lost:
      fail(Code::device_lost, "{}: the GPU is lost to this process: {}", where, words);
    case kernels::CudaFault::call:
      break;
  }
  fail(Code::internal, "{}: {}", where, words);
}

/// LibTorch's host allocator and CUDA's libraries report exhausted memory as a generic error that
/// only its text identifies.
void fail_of_torch(std::string_view where, const c10::Error& error) {
  const std::string_view reason = error.what_without_backtrace();
  const auto says = [&](std::string_view word) { return reason.find(word) != reason.npos; };
  if (says("DefaultCPUAllocator")) fail(Code::out_of_memory, "{}: host memory is exhausted", where);
  if (says("STATUS_ALLOC_FAILED"))
    fail(Code::out_of_memory, "{}: {}", where, exhausted_memory(take_shortage()));
  fail(Code::internal, "{}: {}", where, reason);
}

}  // namespace latentrt::device
