#pragma once
/// The cases of guided_step with a table, with their buffers: those of guided_step, and those that
/// only a table has. The test checks each of them, the benchmark times each of them.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "kernels/guided_step/guided_step_table.h"
#include "tests/kernels/guided_step_data.h"

namespace latentrt::kernels {

struct StepTableCase {
  std::string name;
  GuidedStepCase step;
  bool per_row = false;  ///< an entry for each row, with three kinds alternating
  bool draws = false;    ///< noise is generated from seeds instead of read from a buffer
};

inline std::vector<StepTableCase> step_table_cases() {
  std::vector<StepTableCase> cases;
  for (const GuidedStepCase& step : guided_step_cases()) cases.push_back({step.name, step});
  const GuidedStepCase many{.name = {},
                            .rows = 7,
                            .row_size = 60,
                            .clip = 1,
                            .history = kMaxStepHistory,
                            .noise = true,
                            .pushes = true,
                            .next_input_copies = 2};
  GuidedStepCase rescaled = many, odd = many, half = many, stream = many;
  rescaled.guidance_rescale = 0.7;
  odd.row_size = 61;
  half.output_dtype = half.next_input_dtype = DType::bf16;
  stream = {.name = {},
            .rows = 4,
            .row_size = 4 * 64 * 64,
            .output_dtype = DType::bf16,
            .next_input_dtype = DType::bf16,
            .noise = true,
            .next_input_copies = 1};
  cases.push_back({"per_row", many, true});
  cases.push_back({"per_row_rescaled", rescaled, true});
  cases.push_back({"per_row_odd", odd, true});
  cases.push_back({"per_row_bf16", half, true});
  cases.push_back({"drawn", many, false, true});
  cases.push_back({"drawn_odd", odd, false, true});
  cases.push_back({"drawn_per_row", many, true, true});
  cases.push_back({"stream_512px_x4", stream, true});
  cases.push_back({"stream_512px_x4_drawn", stream, true, true});
  return cases;
}

class StepTableData {
 public:
  static constexpr std::int64_t kSteps = 3, kStep = 1;  ///< the counter is kStep
  static constexpr std::uint64_t kFirstDraw = 1000;

  explicit StepTableData(const StepTableCase& test_case)
      : step(test_case.step),
        counter{kStep},
        seeds(static_cast<std::size_t>(test_case.step.rows)),
        case_(test_case),
        ring_((kStepRing * elements() + static_cast<std::size_t>(test_case.step.misalignment)),
              std::numeric_limits<float>::quiet_NaN()) {
    for (std::size_t row = 0; row < seeds.size(); ++row) seeds[row] = (row << 33) + 7;
    for (int j = 0; j < test_case.step.history; ++j) {
      float* slot = ring() + static_cast<std::size_t>(kSlots[j]) * elements();
      for (const double value : step.values(GuidedStepData::history + j))
        *slot++ = static_cast<float>(value);
    }
  }

  /// The set of coefficients in a row's entry.
  int kind(std::int64_t row) const { return case_.per_row ? static_cast<int>(row % 3) : 0; }
  int kinds() const { return case_.per_row ? 3 : 1; }
  StepCoefficients<double> coefficients(int kind) const {
    StepCoefficients<double> c = step.coefficients();
    c.guidance_scale += kind;
    c.sample_weight *= 1 + 0.25 * kind;
    c.x0_from_output -= 0.1 * kind;
    if (kind == 1) c.guidance_rescale = c.noise_weight = 0;
    return c;
  }

  /// The entries of other steps are NaN throughout.
  template <class Real>
  std::vector<StepEntry<Real>> entries() const {
    const std::int64_t rows = case_.per_row ? case_.step.rows : 1;
    StepEntry<Real> other;
    other.coefficients.sample_weight = std::numeric_limits<Real>::quiet_NaN();
    std::vector<StepEntry<Real>> all(static_cast<std::size_t>(kSteps * rows), other);
    for (std::int64_t row = 0; row < rows; ++row) {
      StepEntry<Real>& entry = all[static_cast<std::size_t>(kStep * rows + row)];
      entry.coefficients = converted<Real>(coefficients(kind(row)));
      for (int j = 0; j < case_.step.history; ++j) entry.history_slots[j] = kSlots[j];
      entry.pushed_slot = case_.step.pushes ? kPushedSlot : -1;
      entry.draw = 5;
    }
    return all;
  }
  template <class Real>
  StepTable<Real> table(const StepEntry<Real>* all_entries, const std::int64_t* step_counter,
                        float* ring_slots) const {
    return {all_entries,  kSteps,     case_.per_row ? case_.step.rows : 1,
            step_counter, ring_slots, case_.step.guidance_rescale != 0};
  }

  /// From the arguments of a plain step, without those that the table contains.
  GuidedStepArgs table_args(GuidedStepArgs args, const std::uint64_t* row_seeds) const {
    args = drawing_args(args, row_seeds, kFirstDraw);
    args.coefficients = {};
    args.pushed = nullptr;
    for (const float*& entry : args.history) entry = nullptr;
    return args;
  }
  /// The plain step for a kind of entries.
  GuidedStepArgs plain_args(GuidedStepArgs args, int kind, const std::uint64_t* row_seeds) const {
    args = drawing_args(args, row_seeds, kFirstDraw + 5);
    args.coefficients = coefficients(kind);
    return args;
  }

  float* ring() { return ring_.data() + case_.step.misalignment; }
  std::vector<float>& ring_memory() { return ring_; }
  std::vector<double> pushed() const {
    if (!case_.step.pushes) return {};
    const auto first = ring_.begin() + case_.step.misalignment +
                       static_cast<std::ptrdiff_t>(kPushedSlot * elements());
    return {first, first + static_cast<std::ptrdiff_t>(elements())};
  }

  GuidedStepData step;
  std::vector<std::int64_t> counter;
  std::vector<std::uint64_t> seeds;

 private:
  static constexpr std::int32_t kSlots[kMaxStepHistory] = {0, 3, 2, 4}, kPushedSlot = 1;

  GuidedStepArgs drawing_args(GuidedStepArgs args, const std::uint64_t* row_seeds,
                              std::uint64_t draw) const {
    if (!case_.draws) return args;
    args.noise = nullptr;
    args.noise_seeds = row_seeds;
    args.noise_draw = draw;
    return args;
  }

  std::size_t elements() const {
    return static_cast<std::size_t>(case_.step.rows * case_.step.row_size);
  }

  StepTableCase case_;
  std::vector<float> ring_;
};

}  // namespace latentrt::kernels
