#pragma once
/// Comparison of guided_step's results, and the names of cases in test reports.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <ostream>
#include <string>
#include <vector>

#include "tests/kernels/guided_step_data.h"

namespace latentrt::kernels {

inline void PrintTo(const GuidedStepCase& test_case, std::ostream* out) { *out << test_case.name; }

inline std::string case_name(const testing::TestParamInfo<GuidedStepCase>& instance) {
  return instance.param.name;
}

using Values = std::vector<double>;

inline double largest_finite(const Values& values) {
  double largest = 0;
  for (const double value : values) {
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  }
  return largest;
}

/// `roundings` rounding errors of fp32 for values as large as the buffer's largest (terms cancel in
/// small results); a 16-bit result may also be rounded to the other side.
inline void expect_near(const Values& actual, const Values& expected, const GuidedStepArgs& args,
                        int buffer, int roundings) {
  ASSERT_EQ(actual.size(), expected.size());
  const double absolute = roundings * std::ldexp(largest_finite(expected), -24);
  double relative = 0;
  if (buffer == GuidedStepData::next_input && args.next_input_dtype == DType::fp16)
    relative = std::ldexp(1, -10);
  if (buffer == GuidedStepData::next_input && args.next_input_dtype == DType::bf16)
    relative = std::ldexp(1, -7);
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (std::isnan(expected[i])) {
      ASSERT_TRUE(std::isnan(actual[i]))
          << "buffer " << buffer << " element " << i << " lost its NaN";
    } else {
      ASSERT_NEAR(actual[i], expected[i], absolute + relative * std::abs(expected[i]))
          << "buffer " << buffer << " element " << i;
    }
  }
}

}  // namespace latentrt::kernels
