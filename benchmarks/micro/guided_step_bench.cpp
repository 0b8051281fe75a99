/// Times guided_step on the host and, where there is one, on the CUDA device, over the cases that
/// its test proves. The floor is a copy that moves as many bytes in the same run; a working set
/// that fits a cache is timed in it. usage: guided_step_bench [part of a case's name]

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>
#include <vector>

#include "kernels/device_memory.h"
#include "kernels/device_query.h"
#include "kernels/guided_step_ref.h"
#include "tests/kernels/guided_step_cases.h"
#include "tests/kernels/guided_step_data.h"

namespace latentrt::kernels {
namespace {

/// Median seconds of one call, over rounds of enough calls to last a few milliseconds; finish()
/// waits for them.
template <class Call, class Finish>
double median_seconds(Call&& call, Finish&& finish) {
  using Clock = std::chrono::steady_clock;
  constexpr int kRounds = 11;
  constexpr double kRoundSeconds = 5e-3;
  const auto round = [&](int calls) {
    const auto start = Clock::now();
    for (int i = 0; i < calls; ++i) call();
    finish();
    return std::chrono::duration<double>(Clock::now() - start).count() / calls;
  };
  round(1);
  const int calls =
      std::clamp(static_cast<int>(kRoundSeconds / std::max(round(3), 1e-9)), 1, 10000);
  std::vector<double> seconds(kRounds);
  for (double& value : seconds) value = round(calls);
  std::nth_element(seconds.begin(), seconds.begin() + kRounds / 2, seconds.end());
  return seconds[kRounds / 2];
}

struct Timing {
  double seconds = 0, floor_seconds = 0;
};

Timing time_host(const GuidedStepCase& test_case) {
  GuidedStepData data(test_case);
  const GuidedStepArgs args = data.host_args();
  const std::vector<std::byte> source(data.traffic() / 2, std::byte{1});
  std::vector<std::byte> destination(source.size());
  const auto done = [] {};
  return {
      median_seconds([&] { guided_step_ref(args); }, done),
      median_seconds([&] { std::memcpy(destination.data(), source.data(), source.size()); }, done)};
}

Timing time_device(const GuidedStepCase& test_case) {
  GuidedStepData data(test_case);
  std::vector<DeviceMemory> memory;
  for (int b = 0; b < GuidedStepData::kBuffers; ++b) {
    memory.emplace_back(data.bytes(b).size());
    memory.back().upload(data.bytes(b).data());
  }
  const GuidedStepArgs args =
      data.args([&](int b) { return memory[static_cast<std::size_t>(b)].data(); });
  const DeviceMemory source(data.traffic() / 2);
  DeviceMemory destination(data.traffic() / 2);
  return {median_seconds([&] { guided_step(args, nullptr); }, synchronize_device),
          median_seconds([&] { destination.copy_from(source); }, synchronize_device)};
}

void print_row(const GuidedStepCase& test_case, const char* where, const Timing& timing) {
  const auto bytes = static_cast<double>(GuidedStepData(test_case).traffic());
  fmt::print("{:<34} {:<6} {:>9.3f} {:>10.2f} {:>9.1f} {:>7.2f}\n", test_case.name, where,
             bytes / 1e6, timing.seconds * 1e6, bytes / timing.seconds / 1e9,
             timing.floor_seconds / timing.seconds);
}

void run(const std::string& filter) {
  for (const CudaDevice& device : cuda_devices())
    fmt::print("cuda:{} is {}\n", device.index, device.name);
  if (!cuda_device_present()) fmt::print("no CUDA device, or a build without CUDA: host only\n");
  fmt::print("{:<34} {:<6} {:>9} {:>10} {:>9} {:>7}\n", "case", "on", "MB", "us", "GB/s",
             "of floor");
  for (const GuidedStepCase& test_case : guided_step_cases()) {
    const bool empty = test_case.rows * test_case.row_size == 0;
    if (empty || test_case.name.find(filter) == std::string::npos) continue;
    print_row(test_case, "host", time_host(test_case));
    if (cuda_device_present()) print_row(test_case, "cuda:0", time_device(test_case));
  }
}

}  // namespace
}  // namespace latentrt::kernels

int main(int argc, char** argv) {
  latentrt::kernels::run(argc > 1 ? argv[1] : "");
  return 0;
}
