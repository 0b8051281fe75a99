/// Times geglu on one thread of the host and, if there is one, on the CUDA device, over the
/// networks' cases of its test. The floor is a copy of the same number of bytes in the same run; a
/// working set that fits a cache is timed in it. usage: geglu_bench [part of a case's name]

#include <string>
#include <vector>

#include "benchmarks/micro/timing.h"
#include "kernels/geglu/geglu.h"
#include "tests/kernels/geglu_cases.h"

namespace latentrt::kernels {
namespace {

Timing time_host(const GegluCase& test_case) {
  GegluData data(test_case);
  return timed_on_host(data.traffic(), [&] { geglu_host(data.host_args(), one_thread); });
}

Timing time_device(const GegluCase& test_case) {
  GegluData data(test_case);
  DeviceMemory src(data.src().size());
  const DeviceMemory dst(data.dst().size());
  src.upload(data.src().data());
  const GegluArgs args = data.args(src.data(), dst.data());
  return {data.traffic(), median_seconds([&] { geglu(args, nullptr); }, synchronize_device),
          device_copy_seconds(data.traffic())};
}

void run(const std::string& filter) {
  print_header();
  for (const GegluCase& one : geglu_cases()) {
    const bool of_a_network = one.name.rfind("sd", 0) == 0;
    if (!of_a_network || one.name.find(filter) == std::string::npos) continue;
    if (one.dtype != DType::fp16) print_row(one.name, "host", time_host(one));
    if (cuda_device_present()) print_row(one.name, "cuda:0", time_device(one));
  }
}

}  // namespace
}  // namespace latentrt::kernels

int main(int argc, char** argv) {
  latentrt::kernels::run(argc > 1 ? argv[1] : "");
  return 0;
}
