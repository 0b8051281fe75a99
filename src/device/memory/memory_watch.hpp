#pragma once
/// What LibTorch says of a request for a GPU's memory that failed.

#include <optional>

#include "device/device_words.hpp"

namespace latentrt::device {

/// From now on, in this process. Calls after the first change nothing.
void watch_memory();

/// The last shortage of this thread, once.
std::optional<MemoryShortage> take_shortage() noexcept;

}  // namespace latentrt::device
