/// Steps from a table: the same bits as the plain step with the same coefficients, in the
/// reference, in the kernel's body on host threads, and launched if there is a device.
#include "kernels/guided_step/guided_step_table.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <latentrt/error.hpp>
#include <ostream>

#include "device/cuda/device_memory.h"
#include "device/cuda/device_query.h"
#include "kernels/common/step_ring.h"
#include "kernels/guided_step/guided_step_math.h"
#include "kernels/guided_step/guided_step_ref.h"
#include "tests/kernels/guided_step_compare.h"
#include "tests/kernels/guided_step_table_data.h"
#include "tests/kernels/step_blocks.h"

namespace latentrt::kernels {

void PrintTo(const StepTableCase& test_case, std::ostream* out) { *out << test_case.name; }

namespace {

class GuidedStepTable : public testing::TestWithParam<StepTableCase> {};

INSTANTIATE_TEST_SUITE_P(Cases, GuidedStepTable, testing::ValuesIn(step_table_cases()),
                         [](const auto& instance) { return instance.param.name; });

/// Results of a step: [copies, rows, row_size] of each.
struct Results {
  Values next, pushed, next_input;
};

Results results_of(const GuidedStepData& plain, bool pushes) {
  return {plain.values(plain.destination(GuidedStepData::next)),
          pushes ? plain.values(plain.destination(GuidedStepData::pushed)) : Values{},
          plain.values(plain.destination(GuidedStepData::next_input))};
}

Results results_of(const StepTableData& data) {
  Results results = results_of(data.step, false);
  results.pushed = data.pushed();
  return results;
}

using Run =
    std::function<void(GuidedStepData&, const std::function<GuidedStepArgs(GuidedStepArgs)>&)>;

/// Each row from a plain step with the coefficients of its entry.
Results plain_results(const StepTableCase& test_case, const Run& run) {
  const StepTableData data(test_case);
  Results all;
  for (int kind = 0; kind < data.kinds(); ++kind) {
    GuidedStepData plain(test_case.step);
    run(plain,
        [&](const GuidedStepArgs& args) { return data.plain_args(args, kind, data.seeds.data()); });
    const Results results = results_of(plain, test_case.step.pushes);
    const auto take = [&](Values& to, const Values& from) {
      to.resize(from.size());
      const auto size = static_cast<std::size_t>(test_case.step.row_size);
      for (std::size_t i = 0; i < from.size(); ++i) {
        const auto row = static_cast<std::int64_t>(i / size) % test_case.step.rows;
        if (data.kind(row) == kind) to[i] = from[i];
      }
    };
    take(all.next, results.next);
    take(all.pushed, results.pushed);
    take(all.next_input, results.next_input);
  }
  return all;
}

/// NaN equals NaN.
void expect_equal(const Values& actual, const Values& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (std::isnan(expected[i])) {
      ASSERT_TRUE(std::isnan(actual[i])) << "element " << i;
    } else {
      ASSERT_EQ(actual[i], expected[i]) << "element " << i;
    }
  }
}

void expect_equal(const Results& actual, const Results& expected) {
  expect_equal(actual.next, expected.next);
  expect_equal(actual.pushed, expected.pushed);
  expect_equal(actual.next_input, expected.next_input);
}

TEST_P(GuidedStepTable, ReferenceGivesTheNumbersOfThePlainStep) {
  StepTableData data(GetParam());
  const auto entries = data.entries<double>();
  guided_step_ref(data.table_args(data.step.host_args(), data.seeds.data()),
                  data.table(entries.data(), data.counter.data(), data.ring()));
  expect_equal(results_of(data),
               plain_results(GetParam(), [](GuidedStepData& plain, const auto& args) {
                 guided_step_ref(args(plain.host_args()));
               }));
}

TEST_P(GuidedStepTable, KernelBodyGivesTheNumbersOfThePlainOne) {
  constexpr int kLanes = 4, kParts = 2;
  StepTableData data(GetParam());
  const auto entries = data.entries<float>();
  run_table_blocks(data.table_args(data.step.host_args(), data.seeds.data()),
                   data.table(entries.data(), data.counter.data(), data.ring()), kLanes, kParts);
  expect_equal(results_of(data),
               plain_results(GetParam(), [](GuidedStepData& plain, const auto& args) {
                 run_blocks(args(plain.host_args()), kLanes, kParts);
               }));
}

/// Copies to the device, runs, and copies back.
void launch_plain(GuidedStepData& plain, const std::function<GuidedStepArgs(GuidedStepArgs)>& args,
                  const DeviceMemory& seeds) {
  std::vector<DeviceMemory> memory;
  for (int b = 0; b < GuidedStepData::kBuffers; ++b) {
    memory.emplace_back(plain.bytes(b).size());
    memory.back().upload(plain.bytes(b).data());
  }
  GuidedStepArgs given =
      args(plain.args([&](int b) { return memory[static_cast<std::size_t>(b)].data(); }));
  if (given.noise_seeds) given.noise_seeds = reinterpret_cast<const std::uint64_t*>(seeds.data());
  guided_step(given, nullptr);
  synchronize_device();
  for (int b = 0; b < GuidedStepData::kBuffers; ++b)
    memory[static_cast<std::size_t>(b)].download(plain.bytes(b).data());
}

template <class T>
DeviceMemory on_device(const std::vector<T>& values) {
  DeviceMemory memory(values.size() * sizeof(T));
  if (!values.empty()) memory.upload(values.data());
  return memory;
}

TEST_P(GuidedStepTable, CudaGivesTheNumbersOfThePlainLaunch) {
  if (!cuda_device_present())
    GTEST_SKIP() << "no CUDA device on this machine, or a build without CUDA";
  StepTableData data(GetParam());
  const DeviceMemory seeds = on_device(data.seeds), counter = on_device(data.counter),
                     entries = on_device(data.entries<float>()),
                     ring = on_device(data.ring_memory());
  std::vector<DeviceMemory> memory;
  for (int b = 0; b < GuidedStepData::kBuffers; ++b)
    memory.push_back(on_device(data.step.bytes(b)));
  const GuidedStepArgs args = data.table_args(
      data.step.args([&](int b) { return memory[static_cast<std::size_t>(b)].data(); }),
      reinterpret_cast<const std::uint64_t*>(seeds.data()));
  guided_step(args,
              data.table(reinterpret_cast<const StepEntry<float>*>(entries.data()),
                         reinterpret_cast<const std::int64_t*>(counter.data()),
                         reinterpret_cast<float*>(ring.data()) + GetParam().step.misalignment),
              nullptr);
  synchronize_device();
  for (int b = 0; b < GuidedStepData::kBuffers; ++b)
    if (!data.step.bytes(b).empty())
      memory[static_cast<std::size_t>(b)].download(data.step.bytes(b).data());
  if (!data.ring_memory().empty()) ring.download(data.ring_memory().data());
  expect_equal(results_of(data),
               plain_results(GetParam(), [&](GuidedStepData& plain, const auto& given) {
                 launch_plain(plain, given, seeds);
               }));
}

/// A counter outside of the table leaves everything unchanged.
TEST(GuidedStepTableCounter, OutsideOfTheTableNothingHappens) {
  for (const std::int64_t step : {std::int64_t{-1}, StepTableData::kSteps}) {
    StepTableData data(
        {"outside", {.name = {}, .history = 1, .pushes = true, .next_input_copies = 1}});
    const Values before = data.step.values(GuidedStepData::next);
    const auto exact = data.entries<double>();
    const auto rounded = data.entries<float>();
    const GuidedStepArgs args = data.table_args(data.step.host_args(), data.seeds.data());
    data.counter = {step};
    guided_step_ref(args, data.table(exact.data(), data.counter.data(), data.ring()));
    run_table_blocks(args, data.table(rounded.data(), data.counter.data(), data.ring()), 2, 1);
    EXPECT_EQ(data.step.values(GuidedStepData::next), before);
    for (const double value : data.pushed()) EXPECT_TRUE(std::isnan(value));
  }
}

GuidedStepArgs row_args(const std::vector<float>& output, std::vector<float>& sample) {
  GuidedStepArgs args;
  args.rows = 1;
  args.row_size = static_cast<std::int64_t>(sample.size());
  args.conditional = output.data();
  args.sample = args.next = sample.data();
  return args;
}

/// The changes of the history by the step at `index`: the third adds nothing, the sixth replaces
/// the newest value, and the eighth removes two.
struct HistoryChange {
  int drops = 0;
  bool pushes = true;
};

HistoryChange change_at(std::int64_t index) {
  if (index == 2) return {.pushes = false};
  if (index == 5) return {.drops = 1};
  if (index == 7) return {.drops = 2, .pushes = false};
  return {};
}

StepCoefficients<double> ring_coefficients(std::int64_t step, std::size_t history) {
  StepCoefficients<double> c{.sample_weight = 0.9,
                             .output_weight = 0.1 * static_cast<double>(step)};
  for (std::size_t j = 0; j < history; ++j)
    c.history_weights[j] = 0.2 - 0.05 * static_cast<double>(j + 1);
  c.push_sample = 0.5;
  c.push_output = 0.25;
  return c;
}

/// Consecutive steps with the ring, compared with steps that pass the history explicitly.
TEST(GuidedStepTableRing, HistoryTravelsAsIfItWereHandedOn) {
  constexpr std::int64_t kSize = 12, kSteps = 14;
  std::vector<float> output(kSize), sample(kSize, 1.0F), ring(kStepRing * kSize);
  for (std::size_t i = 0; i < output.size(); ++i) output[i] = 0.1F * static_cast<float>(i);
  std::vector<float> plain = sample;
  std::vector<std::vector<float>> history;
  std::vector<StepEntry<double>> entries(kSteps);
  StepRing slots;
  std::int64_t counter = 0;
  for (std::int64_t step = 0; step < kSteps; ++step) {
    const HistoryChange change = change_at(step);
    StepEntry<double>& entry = entries[static_cast<std::size_t>(step)];
    entry.coefficients = ring_coefficients(step, history.size());
    slots.place(entry, change.drops, change.pushes);

    GuidedStepArgs args = row_args(output, plain);
    args.coefficients = entry.coefficients;
    for (std::size_t j = 0; j < history.size(); ++j) args.history[j] = history[j].data();
    std::vector<float> pushed(kSize);
    args.pushed = change.pushes ? pushed.data() : nullptr;
    guided_step_ref(args);
    history.erase(history.begin(), history.begin() + change.drops);
    if (change.pushes) history.insert(history.begin(), pushed);
    if (history.size() > kMaxStepHistory) history.pop_back();
  }
  const StepTable<double> table{entries.data(), kSteps, 1, &counter, ring.data()};
  for (; counter < kSteps; ++counter) guided_step_ref(row_args(output, sample), table);
  EXPECT_EQ(sample, plain);
}

TEST(GuidedStepTableCheck, RefusesWhatIsMissing) {
  StepTableData data({"whole", {.name = {}, .history = 1, .noise = true}});
  const auto entries = data.entries<double>();
  const GuidedStepArgs whole = data.table_args(data.step.host_args(), data.seeds.data());
  const StepTable<double> table = data.table(entries.data(), data.counter.data(), data.ring());
  check(whole, table);
  const auto refused = [&](auto damage) {
    GuidedStepArgs args = whole;
    StepTable<double> damaged = table;
    damage(args, damaged);
    EXPECT_THROW(guided_step_ref(args, damaged), Error);
  };
  refused([](GuidedStepArgs& args, auto&) { args.sample = nullptr; });
  refused([](GuidedStepArgs& args, auto&) { args.next = nullptr; });
  refused([](auto&, StepTable<double>& broken) { broken.entries = nullptr; });
  refused([](auto&, StepTable<double>& broken) { broken.counter = nullptr; });
  refused([](auto&, StepTable<double>& broken) { broken.entry_rows = 3; });
  refused([](auto&, StepTable<double>& broken) { broken.steps = -1; });
}

TEST(GuidedStepTableWithoutDevice, RefusesWithAnError) {
  if (cuda_device_present()) GTEST_SKIP() << "a CUDA device is present";
  StepTableData data({"plain", {}});
  const auto entries = data.entries<float>();
  EXPECT_THROW(guided_step(data.table_args(data.step.host_args(), nullptr),
                           data.table(entries.data(), data.counter.data(), data.ring()), nullptr),
               Error);
}

}  // namespace
}  // namespace latentrt::kernels
