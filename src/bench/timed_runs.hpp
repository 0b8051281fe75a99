#pragma once
/// Work done several times over, against the clock.

#include <ATen/core/Tensor.h>

#include <functional>
#include <latentrt/benchmark.hpp>
#include <vector>

#include "nn/ops/timed_ops.hpp"

namespace latentrt::pipeline {

/// Waits until the device has done what it was asked for.
std::function<void()> waiter(at::Device device);

/// One run that is not counted, then so many; `before` each of them, what is not timed.
PartTiming time_runs(
    at::Device device, int runs, const std::function<void()>& work,
    const std::function<void()>& before = [] {});

/// The same where `work` runs nodes by these operations: their medians, in the order in which they ran.
std::vector<NodeProfile> profile_runs(
    at::Device device, int runs, const nn::TimedOps& timed, const std::function<void()>& work,
    const std::function<void()>& before = [] {});

}  // namespace latentrt::pipeline
