#pragma once
/// Entry point of training calls: as device/on_device.hpp, but with autograd enabled.

#include <ATen/core/grad_mode.h>
#include <c10/core/StreamGuard.h>

#include <string_view>
#include <utility>

#include "device/context_state.hpp"
#include "device/translate.hpp"

namespace latentrt::train {

/// Runs `work` on the context's device. Throws what translate_errors() throws.
template <class Work>
decltype(auto) with_gradients(const Context::State& context, std::string_view where, Work&& work) {
  return translate_errors(where, [&]() -> decltype(auto) {
    const c10::StreamGuard stream(context.stream);
    const device::MemoryScope memory(context.memory.get());
    const at::AutoGradMode gradients(true);
    return std::forward<Work>(work)();
  });
}

}  // namespace latentrt::train
