#include "kernels/guided_step/guided_step_ref.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/kernels/guided_step_compare.h"

namespace latentrt::kernels {
namespace {

// ---- Compared with the methods as in their papers ----

const Values kSample{0.3, -1.2, 2.5, 0.01, -3.0};
const Values kConditional{0.5, 0.4, -1.1, 0.9, -0.2};
const Values kUnconditional{-0.1, 0.6, -0.7, 1.3, 0.8};
const Values kHistory{0.2, -0.9, 1.4, 0.7, -0.6};
constexpr double kScale = 7.5;

Values cfg() {
  Values guided;
  for (std::size_t i = 0; i < kSample.size(); ++i) {
    guided.push_back((1 - kScale) * kUnconditional[i] + kScale * kConditional[i]);
  }
  return guided;
}

double standard_deviation(const Values& values) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return std::sqrt(sum / (n - 1));
}

struct Result {
  std::vector<float> next, pushed;
};

Result run_reference(StepCoefficients<double> coefficients) {
  const auto floats = [](const Values& values) {
    return std::vector<float>(values.begin(), values.end());
  };
  const auto sample = floats(kSample), conditional = floats(kConditional),
             unconditional = floats(kUnconditional);
  const auto history = floats(kHistory);
  Result result{std::vector<float>(kSample.size()), std::vector<float>(kSample.size())};
  coefficients.guidance_scale = kScale;
  GuidedStepArgs args;
  args.rows = 1;
  args.row_size = static_cast<std::int64_t>(kSample.size());
  args.coefficients = coefficients;
  args.sample = sample.data();
  args.conditional = conditional.data();
  args.unconditional = unconditional.data();
  args.history[0] = history.data();
  args.next = result.next.data();
  args.pushed = result.pushed.data();
  guided_step_ref(args);
  return result;
}

constexpr double kAlphaBar = 0.3, kPreviousAlphaBar = 0.55;

StepCoefficients<double> ddim(double clip) {
  return {.x0_from_sample = 1 / std::sqrt(kAlphaBar),
          .x0_from_output = -std::sqrt((1 - kAlphaBar) / kAlphaBar),
          .clip = clip,
          .output_weight = std::sqrt(1 - kPreviousAlphaBar),
          .x0_weight = std::sqrt(kPreviousAlphaBar)};
}

/// Song, Meng, Ermon 2021, eq. 12 with sigma = 0.
double ddim_formula(double x, double epsilon, double clip) {
  const double x0 = (x - std::sqrt(1 - kAlphaBar) * epsilon) / std::sqrt(kAlphaBar);
  return std::sqrt(kPreviousAlphaBar) * std::clamp(x0, -clip, clip) +
         std::sqrt(1 - kPreviousAlphaBar) * epsilon;
}

TEST(GuidedStepTextbook, DdimWithGuidance) {
  const Values epsilon = cfg();
  const Result result = run_reference(ddim(0)), clipped = run_reference(ddim(1));
  for (std::size_t i = 0; i < kSample.size(); ++i) {
    EXPECT_NEAR(result.next[i], ddim_formula(kSample[i], epsilon[i], 1e9), 2e-6);
    EXPECT_NEAR(clipped.next[i], ddim_formula(kSample[i], epsilon[i], 1), 2e-6);
  }
}

TEST(GuidedStepTextbook, EulerWithRescaledGuidance) {
  constexpr double kSigma = 5.0, kNextSigma = 3.2, kPhi = 0.7;
  const Result result = run_reference(
      {.guidance_rescale = kPhi, .sample_weight = 1, .output_weight = kNextSigma - kSigma});
  const Values guided = cfg();
  const double factor = standard_deviation(kConditional) / standard_deviation(guided);
  for (std::size_t i = 0; i < kSample.size(); ++i) {
    const double derivative = kPhi * (guided[i] * factor) + (1 - kPhi) * guided[i];
    EXPECT_NEAR(result.next[i], kSample[i] + derivative * (kNextSigma - kSigma), 2e-6);
  }
}

/// Lu et al. 2022 (DPM-Solver++), algorithm 2, for a network that predicts x0; the history contains
/// the last x0.
TEST(GuidedStepTextbook, DpmSolverSecondOrder) {
  constexpr double kAlpha = 0.8, kSigma = 0.6, kLastSigma = 0.9, kH = 0.5, kR = 1.25;
  const double weight = -kAlpha * std::expm1(-kH);
  const Result result = run_reference({.x0_from_output = 1,
                                       .sample_weight = kSigma / kLastSigma,
                                       .x0_weight = weight * (1 + 1 / (2 * kR)),
                                       .history_weights = {-weight / (2 * kR)},
                                       .push_x0 = 1});
  const Values x0 = cfg();
  for (std::size_t i = 0; i < kSample.size(); ++i) {
    const double d = x0[i] + (x0[i] - kHistory[i]) / (2 * kR);
    EXPECT_NEAR(result.next[i], kSigma / kLastSigma * kSample[i] - kAlpha * (std::exp(-kH) - 1) * d,
                2e-6);
    EXPECT_NEAR(result.pushed[i], x0[i], 2e-6);
  }
}

// ---- Every case of the list, compared with the formulas of the header ----

class GuidedStepRef : public testing::TestWithParam<GuidedStepCase> {};

INSTANTIATE_TEST_SUITE_P(Cases, GuidedStepRef, testing::ValuesIn(guided_step_cases()), case_name);

/// The output of a row, guided and rescaled, from whole arrays.
Values output_of_row(const GuidedStepData& data, std::int64_t row) {
  const GuidedStepCase& c = data.test_case();
  const auto row_of = [&](int buffer) {
    const Values all = data.values(buffer);
    return all.empty()
               ? all
               : Values(all.begin() + row * c.row_size, all.begin() + (row + 1) * c.row_size);
  };
  const Values conditional = row_of(GuidedStepData::conditional),
               unconditional = row_of(GuidedStepData::unconditional);
  if (!c.guided) return conditional;
  Values guided;
  for (std::size_t i = 0; i < conditional.size(); ++i) {
    guided.push_back((1 - c.guidance_scale) * unconditional[i] + c.guidance_scale * conditional[i]);
  }
  if (c.guidance_rescale == 0) return guided;
  const double ratio = standard_deviation(conditional) / standard_deviation(guided);
  for (double& value : guided)
    value = c.guidance_rescale * (value * ratio) + (1 - c.guidance_rescale) * value;
  return guided;
}

/// The header's formulas for a row, from whole arrays.
struct NaiveRow {
  Values next, pushed, next_input;
};

NaiveRow naive_row(const GuidedStepData& data, std::int64_t row) {
  const GuidedStepCase& test_case = data.test_case();
  const StepCoefficients<double> c = data.coefficients();
  const Values output = output_of_row(data, row), sample = data.values(GuidedStepData::sample);
  std::vector<Values> terms;
  for (int b = GuidedStepData::history; b <= GuidedStepData::noise; ++b)
    terms.push_back(data.values(b));
  std::vector<double> weights(std::begin(c.history_weights), std::end(c.history_weights));
  weights.push_back(c.noise_weight);
  NaiveRow result;
  for (std::size_t k = 0; k < output.size(); ++k) {
    const std::size_t i = static_cast<std::size_t>(row * test_case.row_size) + k;
    double x0 = c.x0_from_sample * sample[i] + c.x0_from_output * output[k];
    if (c.clip > 0 && !std::isnan(x0)) x0 = std::min(std::max(x0, -c.clip), c.clip);
    double next = c.sample_weight * sample[i] + c.output_weight * output[k] + c.x0_weight * x0;
    for (std::size_t t = 0; t < terms.size(); ++t)
      next += terms[t].empty() ? 0 : weights[t] * terms[t][i];
    result.next.push_back(next);
    result.pushed.push_back(c.push_sample * sample[i] + c.push_output * output[k] + c.push_x0 * x0);
    result.next_input.push_back(c.next_input_scale * next);
  }
  return result;
}

TEST_P(GuidedStepRef, FollowsTheFormulas) {
  constexpr std::int64_t kRowsLookedAt = 5;
  const GuidedStepCase& c = GetParam();
  const GuidedStepData before(c);
  GuidedStepData after(c);
  const GuidedStepArgs args = after.host_args();
  guided_step_ref(args);
  for (std::int64_t r = 0; r < std::min(kRowsLookedAt, c.rows); ++r) {
    const std::int64_t row = r % 2 == 0 ? r : c.rows - r;  // from both ends
    const NaiveRow naive = naive_row(before, row);
    const auto expect = [&](int result, int copy, const Values& expected) {
      const int buffer = after.destination(result);
      const Values all = after.values(buffer);
      const auto first = all.begin() + (copy * c.rows + row) * c.row_size;
      expect_near(Values(first, first + c.row_size), expected, args, buffer, 2);
    };
    expect(GuidedStepData::next, 0, naive.next);
    if (c.pushes) expect(GuidedStepData::pushed, 0, naive.pushed);
    for (int copy = 0; copy < c.next_input_copies; ++copy)
      expect(GuidedStepData::next_input, copy, naive.next_input);
  }
}

}  // namespace
}  // namespace latentrt::kernels
