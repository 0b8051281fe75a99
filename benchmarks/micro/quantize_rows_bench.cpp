/// Times quantize_rows on the CUDA device, over the networks' cases of its test. The floor is a
/// copy of the same number of bytes in the same run; a working set that fits a cache is timed in
/// it. usage: quantize_rows_bench [part of a case's name]

#include <string>
#include <vector>

#include "benchmarks/micro/timing.h"
#include "tests/kernels/quantize_rows_cases.h"

namespace latentrt::kernels {
namespace {

Timing time_device(const QuantizeRowsCase& test_case) {
  QuantizeRowsData data(test_case);
  DeviceMemory src(data.src.size());
  const DeviceMemory numbers(data.numbers.size()), scales(data.scales.size() * sizeof(float));
  src.upload(data.src.data());
  const QuantizeRowsArgs args =
      data.quantize_args(src.data(), numbers.data(), reinterpret_cast<float*>(scales.data()));
  return {data.quantize_traffic(),
          median_seconds([&] { quantize_rows(args, nullptr); }, synchronize_device),
          device_copy_seconds(data.quantize_traffic())};
}

std::vector<QuantizeRowsCase> network_cases() {
  std::vector<QuantizeRowsCase> cases = quantize_rows_cases();
  std::erase_if(cases, [](const QuantizeRowsCase& one) { return !one.name.starts_with("sd"); });
  return cases;
}

}  // namespace
}  // namespace latentrt::kernels

int main(int argc, char** argv) {
  using namespace latentrt::kernels;
  time_cases(network_cases(), argc > 1 ? argv[1] : "", time_device);
  return 0;
}
