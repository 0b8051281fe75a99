/// Times guided_step on the host and, if there is one, on the CUDA device, over the cases of its
/// test. The floor is a copy of the same number of bytes in the same run; a working set that fits a
/// cache is timed in it. usage: guided_step_bench [part of a case's name]

#include <cstring>
#include <string>
#include <vector>

#include "benchmarks/micro/timing.h"
#include "kernels/guided_step/guided_step_ref.h"
#include "tests/kernels/guided_step_cases.h"
#include "tests/kernels/guided_step_data.h"

namespace latentrt::kernels {
namespace {

Timing time_host(const GuidedStepCase& test_case) {
  GuidedStepData data(test_case);
  const GuidedStepArgs args = data.host_args();
  const std::vector<std::byte> source(data.traffic() / 2, std::byte{1});
  std::vector<std::byte> destination(source.size());
  const auto done = [] {};
  return {
      data.traffic(), median_seconds([&] { guided_step_ref(args); }, done),
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
  return {data.traffic(), median_seconds([&] { guided_step(args, nullptr); }, synchronize_device),
          device_copy_seconds(data.traffic())};
}

void run(const std::string& filter) {
  print_header();
  for (const GuidedStepCase& test_case : guided_step_cases()) {
    const bool empty = test_case.rows * test_case.row_size == 0;
    if (empty || test_case.name.find(filter) == std::string::npos) continue;
    print_row(test_case.name, "host", time_host(test_case));
    if (cuda_device_present()) print_row(test_case.name, "cuda:0", time_device(test_case));
  }
}

}  // namespace
}  // namespace latentrt::kernels

int main(int argc, char** argv) {
  latentrt::kernels::run(argc > 1 ? argv[1] : "");
  return 0;
}
