#pragma once
/// How results of group_norm are compared, and how its cases are named in test reports.

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

/// `roundings` to fp32 of the number itself and of terms as large as the few deviations that the
/// group's first number may be off the mean by; a 16-bit result may also fall on the other side of
/// its own rounding.
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
