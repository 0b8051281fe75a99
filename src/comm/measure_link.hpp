#pragma once
/// What a connection between ranks is good for.

#include <functional>
#include <latentrt/link.hpp>

#include "comm/communicator.hpp"

namespace latentrt::comm {

/// Between ranks 0 and 1, 2 and 3, ..., all pairs at once and both ways at once; the last of an odd number stands by and
/// gets no numbers. All ranks call it. Medians of so many runs; `finish` waits until the device has done what it was asked for.
Link measure_link(Communicator& ranks, at::Device device, const std::function<void()>& finish,
                  int runs);

}  // namespace latentrt::comm
