#pragma once
/// Error bounds for attention relative to the reference, derived for each row from its sums, and
/// the names of cases in test reports.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <ostream>
#include <string>
#include <vector>

#include "tests/kernels/attention_data.h"

namespace latentrt::kernels {

inline void PrintTo(const AttentionCase& test_case, std::ostream* out) { *out << test_case.name; }

inline std::string case_name(const testing::TestParamInfo<AttentionCase>& instance) {
  return instance.param.name;
}

/// One query, by the header's formula: results, and sums that bound their rounding errors.
struct AttentionRow {
  double size = 0;  ///< the largest scale sum |q k|: a score's rounding errors are relative to it
  double lse = 0;
  std::vector<double> results;
  std::vector<double> magnitude;  ///< sum p |v|
  std::vector<double> squares;    ///< sum (p v)^2
};

inline AttentionRow by_formula(const AttentionData& data, std::int64_t batch, std::int64_t head,
                               std::int64_t query) {
  const AttentionCase& c = data.test_case();
  const auto count = static_cast<std::size_t>(c.head_size);
  AttentionRow row{.results = std::vector<double>(count),
                   .magnitude = std::vector<double>(count),
                   .squares = std::vector<double>(count)};
  const auto each_key = [&](auto&& visit) {
    for (int s = 0; s < data.segments(); ++s)
      for (std::int64_t key = 0; key < c.keys[static_cast<std::size_t>(s)]; ++key) visit(s, key);
  };
  std::vector<double> scores;
  const std::vector<double> q = data.vector(AttentionData::q, batch, query, head);
  each_key([&](int s, std::int64_t key) {
    const std::vector<double> k = data.vector(AttentionData::k(s), batch, key, head);
    double score = 0, size = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const double product = q[i] * k[i] / std::sqrt(static_cast<double>(count));
      score += product;
      size += std::abs(product);
    }
    scores.push_back(score);
    row.size = std::max(row.size, size);
  });
  const double top = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (const double score : scores) sum += std::exp(score - top);
  row.lse = top + std::log(sum);
  auto score = scores.begin();
  each_key([&](int s, std::int64_t key) {
    const double p = std::exp(*score++ - row.lse);
    const std::vector<double> v = data.vector(AttentionData::v(s), batch, key, head);
    for (std::size_t i = 0; i < count; ++i) {
      row.results[i] += p * v[i];
      row.magnitude[i] += p * std::abs(v[i]);
      row.squares[i] += p * p * v[i] * v[i];
    }
  });
  return row;
}

/// Half the distance between adjacent values of a type in [1, 2): the largest error of rounding one
/// of them. For fp32 there is no rounding beyond its own arithmetic.
inline double rounding_of(DType dtype) {
  return dtype == DType::fp16 ? 0x1p-11 : dtype == DType::bf16 ? 0x1p-8 : 0;
}

/// fp32 rounding errors of sums with random signs, in units of the sum of magnitudes.
inline constexpr double kSumRounding = 16 * 0x1p-24;

/// Weights have the errors of their scores, in numerator and denominator, and those of the sums.
inline double fp32_error(const AttentionRow& row, std::size_t i) {
  return kSumRounding * (3 + 2 * row.size) * row.magnitude[i];
}

/// In addition, a weight and each of the two results are rounded to the type; fp16 weights below
/// its normal range have steps of 2^-24.
inline double largest_error(const AttentionRow& row, std::size_t i, DType dtype,
                            std::int64_t keys) {
  const double unit = rounding_of(dtype);
  const double tiny = dtype == DType::fp16 ? 0x1p-25 * static_cast<double>(keys) : 0;
  return fp32_error(row, i) + unit * (row.magnitude[i] + 2 * std::abs(row.results[i])) + tiny;
}

/// The mean square of the same errors: rounding errors are uniformly distributed and independent.
inline double mean_square_error(const AttentionRow& row, std::size_t i, DType dtype) {
  const double unit = rounding_of(dtype);
  return std::pow(fp32_error(row, i), 2) +
         unit * unit / 3 * (row.squares[i] + 2 * std::pow(row.results[i], 2));
}

/// `count` queries from `first` on of one head.
inline void expect_near(const AttentionData& actual, const AttentionData& expected,
                        std::int64_t batch, std::int64_t head, std::int64_t first,
                        std::int64_t count) {
  constexpr int kEnoughForAMean = 2000;
  constexpr int kDst = AttentionData::dst;
  const AttentionCase& c = actual.test_case();
  double squares = 0, expected_squares = 0;
  for (std::int64_t query = first; query < first + count; ++query) {
    const AttentionRow row = by_formula(expected, batch, head, query);
    for (std::int64_t i = 0; i < c.head_size; ++i) {
      const std::int64_t at = actual.index(kDst, batch, query, head, i);
      const auto element = static_cast<std::size_t>(i);
      const double error = actual.get(kDst, at) - expected.get(kDst, at);
      ASSERT_LE(std::abs(error), largest_error(row, element, c.dtype, expected.all_keys()))
          << "batch " << batch << " head " << head << " query " << query << " element " << i << ": "
          << actual.get(kDst, at) << " for " << expected.get(kDst, at);
      squares += error * error;
      expected_squares += mean_square_error(row, element, c.dtype);
    }
    if (c.lse) {
      const auto at = static_cast<std::size_t>((batch * c.heads + head) * c.queries + query);
      ASSERT_NEAR(actual.log_sums()[at], row.lse,
                  kSumRounding * (1 + row.size + std::abs(row.lse)));
    }
  }
  if (count * c.head_size >= kEnoughForAMean) {
    EXPECT_LE(squares, expected_squares);
  }
}

inline void expect_near(const AttentionData& actual, const AttentionData& expected) {
  const AttentionCase& c = actual.test_case();
  for (std::int64_t batch = 0; batch < c.batch; ++batch)
    for (std::int64_t head = 0; head < c.heads; ++head)
      expect_near(actual, expected, batch, head, 0, c.queries);
}

}  // namespace latentrt::kernels
