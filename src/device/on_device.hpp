#pragma once
/// The entry into the library for every call that works on a device.

#include <c10/core/InferenceMode.h>
#include <c10/core/StreamGuard.h>

#include <string_view>
#include <utility>

#include "device/context_state.hpp"
#include "device/cuda/device_query.h"
#include "device/translate.hpp"

namespace latentrt {

/// While a scope exists, the thread's work uses the context's device, stream and memory, and
/// autograd records nothing of it (c10::InferenceMode); the destructor restores all of this. This
/// is the only place where the library turns autograd off: code outside a scope follows its
/// caller's mode.
class ContextScope {
 public:
  explicit ContextScope(const Context::State& context)
      : stream_(context.stream), memory_(context.memory.get()) {}

 private:
  c10::InferenceMode inference_;
  c10::StreamGuard stream_;
  device::MemoryScope memory_;
};

/// Runs `work` on the context's device and returns its result. Throws what translate_errors()
/// throws. If the device is already lost, throws Error(device_lost) without running it.
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
    // After a loss, CUDA's libraries report errors of their own.
    if (error.code() != Code::internal || !context.device().is_cuda() ||
        !kernels::cuda_is_lost(context.device().index()))
      throw;
    const Error lost(Code::device_lost, error.what());
    context.health.note(lost);
    throw lost;
  }
}

}  // namespace latentrt
