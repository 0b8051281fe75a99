#include "device/memory/memory_watch.hpp"

namespace latentrt::device {

void watch_memory() {}
std::optional<MemoryShortage> take_shortage() noexcept { return std::nullopt; }

}  // namespace latentrt::device
