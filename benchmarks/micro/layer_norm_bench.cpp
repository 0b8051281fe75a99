/// Times layer_norm on the CUDA device, over the networks' cases of its test. The floor is a copy
/// of the same number of bytes in the same run; a working set that fits a cache is timed in it.
/// usage: layer_norm_bench [part of a case's name]

#include <string>
#include <vector>

#include "benchmarks/micro/timing.h"
#include "kernels/layer_norm/layer_norm.h"
#include "tests/kernels/layer_norm_cases.h"

namespace latentrt::kernels {
namespace {

Timing time_device(const LayerNormCase& test_case) {
  LayerNormData data(test_case);
  std::vector<DeviceMemory> memory;
  for (int b = 0; b < LayerNormData::kBuffers; ++b) {
    memory.emplace_back(data.bytes(b).size());
    memory.back().upload(data.bytes(b).data());
  }
  const LayerNormArgs args =
      data.args([&](int b) { return memory[static_cast<std::size_t>(b)].data(); });
  return {data.traffic(), median_seconds([&] { layer_norm(args, nullptr); }, synchronize_device),
          device_copy_seconds(data.traffic())};
}

std::vector<LayerNormCase> of_networks() {
  std::vector<LayerNormCase> cases;
  for (const LayerNormCase& one : layer_norm_cases())
    if (one.name.rfind("sd", 0) == 0) cases.push_back(one);
  return cases;
}

}  // namespace
}  // namespace latentrt::kernels

int main(int argc, char** argv) {
  using namespace latentrt::kernels;
  time_cases(of_networks(), argc > 1 ? argv[1] : "", time_device);
  return 0;
}
