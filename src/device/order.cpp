#include "device/order.hpp"

#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Exception.h>

#include "base/fail.hpp"
#include "device/cuda/cuda_faults.h"

namespace latentrt::device {
namespace {

/// A handle that CUDA refuses is the caller's mistake; a device failure is not.
template <class Work>
void with_event(const Context::State& context, const char* name, void* event, Work&& work) {
  if (event == nullptr) return;
  try {
    work(c10::impl::VirtualGuardImpl(context.device().type()));
  } catch (const c10::AcceleratorError& error) {
    if (kernels::fault_of(error.get_error_code()) != kernels::CudaFault::call) throw;
    fail(Code::invalid_argument, "the event to {} is not a CUDA event of {}", name, context.name);
  }
}

}  // namespace

void check_events(const Context::State& context, const Events& events) {
  if ((events.wait != nullptr || events.signal != nullptr) && context.device().is_cpu())
    fail(Code::unsupported,
         "an event was given, but work on the CPU has none: it is complete when the call returns");
}

void wait_for(const Context::State& context, const Events& events) {
  with_event(context, "wait for", events.wait,
             [&](const auto& device) { device.block(events.wait, context.stream); });
}

void signal(const Context::State& context, const Events& events) {
  void* event = events.signal;
  with_event(context, "signal", event, [&](const auto& device) {
    device.record(&event, context.stream, context.device().index(),
                  c10::EventFlag::PYTORCH_DEFAULT);
  });
}

}  // namespace latentrt::device
