#pragma once
/// The caller's events around work on a device.

#include <latentrt/events.hpp>

#include "device/context_state.hpp"

namespace latentrt::device {

/// Throws Error(unsupported) for events where the device has none.
void check_events(const Context::State& context, const Events& events);

/// Within on_device(): work that is put on the context's stream from now on begins after `events.wait`; and
/// `events.signal` is recorded behind what has been put there. Throw Error(invalid_argument) for what CUDA does not take as
/// an event of that device.
void wait_for(const Context::State& context, const Events& events);
void signal(const Context::State& context, const Events& events);

}  // namespace latentrt::device
