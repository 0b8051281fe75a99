/// Times upsample and concat on the CUDA device, over the networks' cases of their test. The floor
/// is a copy of the same number of bytes in the same run; a working set that fits a cache is timed
/// in it. usage: copy_bench [part of a case's name]

#include <string>
#include <vector>

#include "benchmarks/micro/timing.h"
#include "tests/kernels/copy_cases.h"

namespace latentrt::kernels {
namespace {

DeviceMemory on_device(CopyBuffer& buffer) {
  DeviceMemory memory(buffer.bytes().size());
  memory.upload(buffer.bytes().data());
  return memory;
}

Timing time_upsample(const UpsampleCase& test_case) {
  UpsampleData data(test_case);
  const DeviceMemory src = on_device(data.src), dst = on_device(data.dst);
  const UpsampleArgs args = data.args(src.data(), dst.data());
  return {data.traffic(), median_seconds([&] { upsample(args, nullptr); }, synchronize_device),
          device_copy_seconds(data.traffic())};
}

Timing time_concat(const ConcatCase& test_case) {
  ConcatData data(test_case);
  const DeviceMemory a = on_device(data.a), b = on_device(data.b), dst = on_device(data.dst);
  const ConcatArgs args = data.args(a.data(), b.data(), dst.data());
  return {data.traffic(), median_seconds([&] { concat(args, nullptr); }, synchronize_device),
          device_copy_seconds(data.traffic())};
}

/// Under a name that begins with that of the kernel.
template <class Case>
std::vector<Case> of_networks(const std::vector<Case>& all, const std::string& kernel) {
  std::vector<Case> cases;
  for (Case one : all) {
    if (one.name.rfind("sd", 0) != 0) continue;
    one.name = kernel + "_" + one.name;
    cases.push_back(one);
  }
  return cases;
}

}  // namespace
}  // namespace latentrt::kernels

int main(int argc, char** argv) {
  using namespace latentrt::kernels;
  const std::string filter = argc > 1 ? argv[1] : "";
  time_cases(of_networks(upsample_cases(), "upsample"), filter, time_upsample);
  time_cases(of_networks(concat_cases(), "concat"), filter, time_concat);
  return 0;
}
