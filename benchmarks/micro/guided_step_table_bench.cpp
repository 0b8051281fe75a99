/// Times guided_step with a table on the CUDA device, over the cases of its test, and the plain
/// step with the same coefficients. The floor is a copy of the same number of bytes in the same
/// run; a working set that fits a cache is timed in it. usage: guided_step_table_bench [part of a
/// case's name]

#include <string>
#include <vector>

#include "benchmarks/micro/timing.h"
#include "kernels/guided_step/guided_step_math.h"
#include "tests/kernels/guided_step_table_data.h"

namespace latentrt::kernels {
namespace {

template <class T>
DeviceMemory on_device(const std::vector<T>& values) {
  DeviceMemory memory(values.size() * sizeof(T));
  memory.upload(values.data());
  return memory;
}

void run(const StepTableCase& one) {
  StepTableData data(one);
  const DeviceMemory seeds = on_device(data.seeds), counter = on_device(data.counter),
                     entries = on_device(data.entries<float>()),
                     ring = on_device(data.ring_memory());
  std::vector<DeviceMemory> memory;
  for (int b = 0; b < GuidedStepData::kBuffers; ++b)
    memory.push_back(on_device(data.step.bytes(b)));
  const auto* const device_seeds = reinterpret_cast<const std::uint64_t*>(seeds.data());
  const GuidedStepArgs args =
      data.step.args([&](int b) { return memory[static_cast<std::size_t>(b)].data(); });
  const GuidedStepArgs plain = data.plain_args(args, 0, device_seeds);
  const GuidedStepArgs tabled = data.table_args(args, device_seeds);
  const StepTable<float> table =
      data.table(reinterpret_cast<const StepEntry<float>*>(entries.data()),
                 reinterpret_cast<const std::int64_t*>(counter.data()),
                 reinterpret_cast<float*>(ring.data()) + one.step.misalignment);
  const double floor = device_copy_seconds(data.step.traffic());
  const auto row = [&](const char* where, const auto& launch) {
    print_row(one.name, where,
              {data.step.traffic(), median_seconds(launch, synchronize_device), floor});
  };
  row("table", [&] { guided_step(tabled, table, nullptr); });
  row("plain", [&] { guided_step(plain, nullptr); });
}

void run(const std::string& filter) {
  print_header();
  if (!cuda_device_present()) return;
  for (const StepTableCase& one : step_table_cases())
    if (one.step.rows > 0 && one.name.find(filter) != std::string::npos) run(one);
}

}  // namespace
}  // namespace latentrt::kernels

int main(int argc, char** argv) {
  latentrt::kernels::run(argc > 1 ? std::string(argv[1]) : std::string());
  return 0;
}
