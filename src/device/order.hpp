#pragma once
/// Orders work on a device with the caller's events.

#include <latentrt/events.hpp>

#include "device/context_state.hpp"

namespace latentrt::device {

/// Throws Error(unsupported) for events if the device does not support them.
void check_events(const Context::State& context, const Events& events);

/// Within on_device(): wait_for() lets work enqueued on the context's stream from now on begin
/// after `events.wait`; `events.signal` is recorded after the work enqueued so far. Both throw
/// Error(invalid_argument) for a handle that CUDA does not accept as an event of that device.
void wait_for(const Context::State& context, const Events& events);
void signal(const Context::State& context, const Events& events);

}  // namespace latentrt::device
