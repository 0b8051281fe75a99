#pragma once
/// The buffers of a guided_step case, filled with seeded values, for the test and the benchmark.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <random>
#include <vector>

#include "kernels/common/element.h"
#include "kernels/guided_step/guided_step.h"
#include "tests/kernels/guided_step_cases.h"

namespace latentrt::kernels {

class GuidedStepData {
 public:
  enum Buffer {
    sample,
    conditional,
    unconditional,
    history,
    noise = history + kMaxStepHistory,
    next,
    pushed,
    next_input,
    kBuffers
  };

  explicit GuidedStepData(const GuidedStepCase& test_case) : case_(test_case) {
    for (int b = 0; b < kBuffers; ++b) {
      bytes_[b].resize(size_of(dtype(b)) *
                       static_cast<std::size_t>(elements(b) + case_.misalignment));
      if (b < next) fill(b);
    }
    if (case_.nan_at >= 0) set(conditional, case_.nan_at, std::numeric_limits<float>::quiet_NaN());
  }

  const GuidedStepCase& test_case() const { return case_; }
  std::vector<std::byte>& bytes(int buffer) { return bytes_[buffer]; }

  /// The step's arguments, with base(buffer) as the address of each buffer's first byte.
  template <class Base>
  GuidedStepArgs args(Base&& base) const {
    const auto at = [&](int b) { return elements(b) == 0 ? nullptr : base(b) + offset(b); };
    const auto floats = [&](int b) { return reinterpret_cast<float*>(at(b)); };
    GuidedStepArgs args;
    args.rows = case_.rows;
    args.row_size = case_.row_size;
    args.coefficients = coefficients();
    args.sample = floats(sample);
    args.conditional = at(conditional);
    args.unconditional = at(unconditional);
    args.output_dtype = case_.output_dtype;
    for (int j = 0; j < kMaxStepHistory; ++j) args.history[j] = floats(history + j);
    args.noise = floats(noise);
    args.next = floats(destination(next));
    args.pushed = case_.pushes ? floats(destination(pushed)) : nullptr;
    args.next_input = at(next_input);
    args.next_input_dtype = case_.next_input_dtype;
    args.next_input_copies = case_.next_input_copies;
    return args;
  }
  GuidedStepArgs host_args() {
    return args([&](int b) { return bytes_[b].data(); });
  }

  /// The buffer of a result, which may be that of an input.
  int destination(int result) const {
    if (case_.in_place && result == next) return sample;
    if (case_.in_place && result == pushed && case_.history == kMaxStepHistory)
      return history + kMaxStepHistory - 1;
    return result;
  }

  std::vector<double> values(int buffer) const {
    std::vector<double> values(static_cast<std::size_t>(elements(buffer)));
    with_element(dtype(buffer), [&](auto element) {
      const auto* source =
          reinterpret_cast<const decltype(element)*>(bytes_[buffer].data() + offset(buffer));
      for (double& value : values) value = to_float(*source++);
    });
    return values;
  }

  /// Bytes that any implementation must read and write: each buffer once.
  std::size_t traffic() const {
    std::size_t total = 0;
    for (int b = 0; b < kBuffers; ++b)
      total += size_of(dtype(b)) * static_cast<std::size_t>(elements(b));
    return total;
  }

  StepCoefficients<double> coefficients() const {
    StepCoefficients<double> c{.guidance_scale = case_.guidance_scale,
                               .guidance_rescale = case_.guidance_rescale,
                               .x0_from_sample = 1.4,
                               .x0_from_output = -0.9,
                               .clip = case_.clip,
                               .sample_weight = 0.5,
                               .output_weight = -0.3,
                               .x0_weight = 0.25,
                               .noise_weight = case_.noise ? 0.6 : 0,
                               .push_sample = 0.1,
                               .push_output = 0.9,
                               .push_x0 = -0.4,
                               .next_input_scale = 0.83};
    constexpr std::array<double, kMaxStepHistory> kWeights{0.5, -0.2, 0.1, 0.3};
    for (std::size_t j = 0; j < static_cast<std::size_t>(case_.history); ++j)
      c.history_weights[j] = kWeights[j];
    return c;
  }

 private:
  static std::size_t size_of(DType dtype) {
    return with_element(dtype, [](auto element) { return sizeof element; });
  }

  DType dtype(int b) const {
    if (b == conditional || b == unconditional) return case_.output_dtype;
    return b == next_input ? case_.next_input_dtype : DType::fp32;
  }

  std::int64_t elements(int b) const {
    std::array<std::int64_t, kBuffers> copies{};
    copies[sample] = copies[conditional] = copies[next] = 1;
    copies[unconditional] = case_.guided;
    std::fill_n(copies.begin() + history, case_.history, 1);
    copies[noise] = case_.noise;
    copies[pushed] = case_.pushes;
    copies[next_input] = case_.next_input_copies;
    return copies[static_cast<std::size_t>(b)] * case_.rows * case_.row_size;
  }

  std::size_t offset(int b) const {
    return size_of(dtype(b)) * static_cast<std::size_t>(case_.misalignment);
  }

  void set(int b, std::int64_t index, float value) {
    with_element(dtype(b), [&](auto element) {
      using T = decltype(element);
      reinterpret_cast<T*>(bytes_[b].data() + offset(b))[index] = from_float<T>(value);
    });
  }

  /// Rows have different standard deviations and means, so that statistics of the wrong row are
  /// noticed.
  void fill(int b) {
    std::mt19937 random(static_cast<unsigned>(b) + 1);
    std::normal_distribution<float> normal;
    for (std::int64_t i = 0; i < elements(b); ++i) {
      const auto row = static_cast<float>(i / case_.row_size % 7);
      set(b, i, normal(random) * (1 + 0.2f * row) + 0.1f * row);
    }
  }

  GuidedStepCase case_;
  std::array<std::vector<std::byte>, kBuffers> bytes_;
};

}  // namespace latentrt::kernels
