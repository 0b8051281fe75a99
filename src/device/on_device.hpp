#pragma once
/// The way into the library for every call that works on a device.

#include <c10/core/InferenceMode.h>
#include <c10/core/StreamGuard.h>

#include <string_view>
#include <utility>

#include "device/context_state.hpp"
#include "device/cuda/device_query.h"
#include "device/translate.hpp"

namespace latentrt {

/// While one exists, the thread's work goes to the context's device, stream and memory, and autograd records nothing of it
/// (c10::InferenceMode); then all of this is as before. This is the only place where the library turns autograd off: what
/// runs without a scope obeys its caller's mode.
class ContextScope {
 public:
  explicit ContextScope(const Context::State& context)
      : stream_(context.stream), memory_(context.memory.get()) {}

 private:
  c10::InferenceMode inference_;
  c10::StreamGuard stream_;
  device::MemoryScope memory_;
};

/// Runs `work` on the context's device and returns its result. Throws what translate_errors() does, and Error(device_lost)
/// without running it once the device has been lost.
template <class Work>
decltype(auto) on_device(const Context::State& context, std::string_view where, Work&& work) {
  context.health.require(where, context.name);
  try {
    return translate_errors(where, [&]() -> decltype(auto) {
      const ContextScope scope(context);
      return std::forward<Work>(work)();
    });
  } catch (const Error& error) {
    context.health.note(error);
    // CUDA's libraries have words of their own for what follows a loss.
    if (error.code() != Code::internal || !context.device().is_cuda() ||
        !kernels::cuda_is_lost(context.device().index()))
      throw;
    const Error lost(Code::device_lost, error.what());
    context.health.note(lost);
    throw lost;
  }
}

}  // namespace latentrt
