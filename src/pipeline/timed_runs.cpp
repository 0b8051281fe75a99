#include "pipeline/timed_runs.hpp"

#include <c10/core/InferenceMode.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <utility>

#include "base/fail.hpp"
#include "base/median.hpp"
#include "base/stopwatch.hpp"
#include "device/host_pool.hpp"

namespace latentrt::pipeline {

std::function<void()> waiter(at::Device device) {
  if (device.is_cpu()) return [] {};
  return [device] { c10::impl::VirtualGuardImpl(device.type()).synchronizeDevice(device.index()); };
}

PartTiming time_runs(at::Device device, int runs, const std::function<void()>& work,
                     const std::function<void()>& before) {
  if (runs < 1) fail(Code::invalid_argument, "runs {} is not positive", runs);
  const c10::InferenceMode guard;
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
  for (int i = 0; i < runs; ++i) timing.runs_s.push_back(time_once());
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
    profile.push_back({std::move(node.name), std::move(node.kind), median(std::move(node.seconds)),
                       node.flops, node.bytes});
  }
  return profile;
}

}  // namespace latentrt::pipeline
