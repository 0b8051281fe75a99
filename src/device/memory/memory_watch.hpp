#pragma once
/// Records LibTorch's report of a failed GPU memory request.

#include <optional>

#include "device/device_words.hpp"

namespace latentrt::device {

/// Starts recording, in this process. Calls after the first have no effect.
void watch_memory();

/// Returns the last shortage of this thread and clears it.
std::optional<MemoryShortage> take_shortage() noexcept;

}  // namespace latentrt::device
