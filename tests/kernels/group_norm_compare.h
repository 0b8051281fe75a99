#pragma once
/// Comparison of group_norm's results, and the names of cases in test reports.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <ostream>
#include <string>
#include <vector>

#include "tests/kernels/group_norm_data.h"

namespace latentrt::kernels {

inline void PrintTo(const GroupNormCase& test_case, std::ostream* out) { *out << test_case.name; }

inline std::string case_name(const testing::TestParamInfo<GroupNormCase>& instance) {
  return instance.param.name;
}

/// `roundings` rounding errors of fp32 of the value itself and of terms as large as the few
/// standard deviations between the group's first element and the mean; a 16-bit result may also be
/// rounded to the other side.
inline void expect_near(const std::vector<double>& actual, const std::vector<double>& expected,
                        DType dtype, int roundings) {
  constexpr double kTerms = 8;
  ASSERT_EQ(actual.size(), expected.size());
  const double fp32 = roundings * 0x1p-24;
  const double own = dtype == DType::fp16 ? 0x1p-10 : dtype == DType::bf16 ? 0x1p-7 : 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    ASSERT_NEAR(actual[i], expected[i],
                fp32 * (kTerms + std::abs(expected[i])) + own * std::abs(expected[i]))
        << "element " << i;
  }
}

}  // namespace latentrt::kernels
