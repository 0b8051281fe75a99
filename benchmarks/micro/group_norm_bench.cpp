/// Times group_norm on the CUDA device, over the networks' cases of its test. The floor is a copy
/// of the picture in the same run; a working set that fits a cache is timed in it. usage:
/// group_norm_bench [part of a case's name]

#include <algorithm>
#include <string>
#include <vector>

#include "benchmarks/micro/timing.h"
#include "kernels/group_norm/group_norm.h"
#include "tests/kernels/group_norm_data.h"

namespace latentrt::kernels {
namespace {

Timing time_device(const GroupNormCase& test_case) {
  GroupNormData data(test_case);
  std::vector<DeviceMemory> memory;
  for (int b = 0; b < GroupNormData::kBuffers; ++b) {
    memory.emplace_back(data.bytes(b).size());
    memory.back().upload(data.bytes(b).data());
  }
  GroupNormArgs args = data.args([&](int b) { return memory[static_cast<std::size_t>(b)].data(); });
  const auto numbers = static_cast<std::size_t>(group_norm_workspace(args));
  const DeviceMemory workspace(std::max<std::size_t>(1, numbers) * sizeof(float));
  args.workspace = reinterpret_cast<float*>(workspace.data());
  return {.bytes = data.traffic(),
          .seconds = median_seconds([&] { group_norm(args, nullptr); }, synchronize_device),
          .floor_seconds = device_copy_seconds(data.traffic())};
}

}  // namespace
}  // namespace latentrt::kernels

int main(int argc, char** argv) {
  using namespace latentrt::kernels;
  time_cases(group_norm_network_cases(), argc > 1 ? argv[1] : "", time_device);
  return 0;
}
