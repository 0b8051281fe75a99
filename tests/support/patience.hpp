#pragma once

#include <chrono>

namespace latentrt::testing {

/// How long a test waits for another thread or process. Only a hang takes that long, also on a busy
/// machine and under a sanitizer.
constexpr std::chrono::minutes kPatience{10};

}  // namespace latentrt::testing
