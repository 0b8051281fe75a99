#pragma once
/// Measures a connection between ranks.

#include <functional>
#include <latentrt/link.hpp>

#include "comm/communicator.hpp"

namespace latentrt::comm {

/// Between ranks 0 and 1, 2 and 3, and so on, all pairs at once and in both directions at once; the
/// last of an odd number only waits and gets no result. All ranks make this call. Medians of `runs`
/// runs; `finish` waits for the device.
Link measure_link(Communicator& ranks, at::Device device, const std::function<void()>& finish,
                  int runs);

}  // namespace latentrt::comm
