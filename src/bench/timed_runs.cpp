#include "bench/timed_runs.hpp"

#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <utility>

#include "base/fail.hpp"
#include "base/median.hpp"
#include "base/stopwatch.hpp"
#include "device/memory/host_pool.hpp"

namespace latentrt::pipeline {

namespace {

TensorsOfRun tensors_of_run(const device::TensorCounts& before, const device::TensorCounts& now,
                            int runs) {
  const auto of_one = [runs](std::uint64_t first, std::uint64_t last) {
    return static_cast<double>(last - first) / runs;
  };
  return {of_one(before.of_pool, now.of_pool), of_one(before.of_system, now.of_system),
          of_one(before.small, now.small)};
}

}  // namespace

std::function<void()> waiter(at::Device device) {
  if (device.is_cpu()) return [] {};
  return [device] { c10::impl::VirtualGuardImpl(device.type()).synchronizeDevice(device.index()); };
}

PartTiming time_runs(at::Device device, int runs, const std::function<void()>& work,
                     const std::function<void()>& before) {
  if (runs < 1) fail(Code::invalid_argument, "runs {} is not positive", runs);
  const device::PoolScope pool;
  const auto finish = waiter(device);
  const auto time_once = [&] {
    before();
    Stopwatch watch;
    work();
    finish();
    return watch.lap();
  };
  PartTiming timing;
  timing.warm_up_s = time_once();
  const device::TensorCounts counts = device::tensor_counts();
  for (int i = 0; i < runs; ++i) timing.runs_s.push_back(time_once());
  timing.tensors = tensors_of_run(counts, device::tensor_counts(), runs);
  timing.median_s = median(timing.runs_s);
  timing.min_s = *std::min_element(timing.runs_s.begin(), timing.runs_s.end());
  return timing;
}

std::vector<NodeProfile> profile_runs(at::Device device, int runs, const nn::TimedOps& timed,
                                      const std::function<void()>& work,
                                      const std::function<void()>& before) {
  time_runs(device, runs, work, before);
  std::vector<NodeProfile> profile;
  for (nn::NodeTime& node : timed.times()) {
    node.seconds.erase(node.seconds.begin());  // of the warm-up
    profile.push_back({std::move(node.name), std::move(node.kind), std::move(node.implementation),
                       median(std::move(node.seconds)), node.flops, node.bytes});
  }
  return profile;
}

}  // namespace latentrt::pipeline
