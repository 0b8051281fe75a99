#pragma once
/// How a kernel on the host gets threads from its caller.

#include <cstdint>
#include <functional>

namespace latentrt::kernels {

/// Calls work(begin, end) for parts of [0, count), on several threads or one.
using ParallelFor = std::function<void(
    std::int64_t count, const std::function<void(std::int64_t begin, std::int64_t end)>& work)>;

}  // namespace latentrt::kernels
