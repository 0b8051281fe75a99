#pragma once
/// Repeated, timed work.

#include <ATen/core/Tensor.h>

#include <functional>
#include <latentrt/benchmark.hpp>
#include <vector>

#include "nn/ops/timed_ops.hpp"

namespace latentrt::pipeline {

/// Returns a function that waits for the device.
std::function<void()> waiter(at::Device device);

/// One warm-up run, which is not counted, then `runs` timed ones; `before` each of them is not
/// timed.
PartTiming time_runs(
    at::Device device, int runs, const std::function<void()>& work,
    const std::function<void()>& before = [] {});

/// As above, for `work` that runs nodes by these operations: the nodes' medians, in execution
/// order.
std::vector<NodeProfile> profile_runs(
    at::Device device, int runs, const nn::TimedOps& timed, const std::function<void()>& work,
    const std::function<void()>& before = [] {});

}  // namespace latentrt::pipeline
