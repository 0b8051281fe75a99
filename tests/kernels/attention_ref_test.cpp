/// The reference compared with values computed by hand, and with the formula.
#include <gtest/gtest.h>

#include <cmath>
#include <latentrt/error.hpp>

#include "tests/kernels/attention_compare.h"

namespace latentrt::kernels {
namespace {

/// Scores 0 and log 3 give weights 1/4 and 3/4.
TEST(AttentionByHand, TwoKeys) {
  alignas(16) const float q[8] = {2}, v[16] = {4, 0, 1, 0, 0, 0, 0, 0, 8, 0, 1};
  alignas(16) const float k[16] = {0, 5, 5, 5, 5, 5, 5, 5, std::log(3.0F)};
  alignas(16) float dst[8];
  float lse = 0;
  AttentionArgs args;
  args.q = q, args.dst = dst, args.lse = &lse;
  args.batch = args.heads = args.queries = args.segments = 1;
  args.head_size = 8;
  args.scale = 0.5;
  args.segment[0] = {k, v, 2, {0, 8, 0}, {0, 8, 0}};
  attention_ref(args);
  EXPECT_NEAR(dst[0], 7, 1e-6);
  EXPECT_EQ(dst[1], 0);
  EXPECT_NEAR(dst[2], 1, 1e-6);
  EXPECT_NEAR(lse, std::log(4.0), 1e-6);
}

class AttentionRef : public testing::TestWithParam<AttentionCase> {};

INSTANTIATE_TEST_SUITE_P(Cases, AttentionRef, testing::ValuesIn(attention_cases()), case_name);

/// Exact, except for the rounding of its results.
TEST_P(AttentionRef, FollowsTheFormula) {
  const AttentionCase& c = GetParam();
  AttentionData data(c);
  attention_ref(data.host_args());
  const double unit = std::max(rounding_of(c.dtype), 0x1p-24);
  for (std::int64_t row = 0; row < data.rows(); ++row) {
    const std::int64_t query = row % c.queries, head = row / c.queries % c.heads,
                       batch = row / c.queries / c.heads;
    const AttentionRow expected = by_formula(data, batch, head, query);
    for (std::int64_t i = 0; i < c.head_size; ++i) {
      const double result = expected.results[static_cast<std::size_t>(i)];
      ASSERT_NEAR(
          data.get(AttentionData::dst, data.index(AttentionData::dst, batch, query, head, i)),
          result, unit * std::abs(result) + 1e-7);
    }
    if (c.lse) {
      ASSERT_NEAR(data.log_sums()[static_cast<std::size_t>(row)], expected.lse,
                  0x1p-24 * std::abs(expected.lse) + 1e-7);
    }
  }
}

TEST(AttentionCheck, RefusesWhatIsNoAttentionAndSaysWhy) {
  AttentionData data({.name = "whole", .dtype = DType::bf16, .keys = {30, 20}});
  const auto refused = [&](const std::string& why, auto change) {
    AttentionArgs a = data.host_args();
    change(a);
    EXPECT_NE(attention_refusal(a).find(why), std::string::npos) << attention_refusal(a);
    EXPECT_THROW(check(a), Error);
    EXPECT_THROW(attention_ref(a), Error);
  };
  EXPECT_EQ(attention_refusal(data.host_args()), "");
  refused("queries", [](auto& a) { a.queries = 0; });
  refused("one launch", [](auto& a) { a.batch = a.heads = a.queries = 1 << 20; });
  refused("head size 60", [](auto& a) { a.head_size = 60; });
  refused("head size 264", [](auto& a) { a.head_size = 264; });
  refused("scale", [](auto& a) { a.scale = 0; });
  refused("scale", [](auto& a) { a.scale = std::nan(""); });
  refused("segments", [](auto& a) { a.segments = 0; });
  refused("segments", [](auto& a) { a.segments = kMaxAttentionSegments + 1; });
  refused("0 keys", [](auto& a) { a.segment[1].rows = 0; });
  refused("q is null", [](auto& a) { a.q = nullptr; });
  refused("dst is null", [](auto& a) { a.dst = nullptr; });
  refused("v is null", [](auto& a) { a.segment[1].v = nullptr; });
}

TEST(AttentionCheck, RefusesVectorsThatAreNotAligned) {
  AttentionData data({.name = "whole", .dtype = DType::bf16});
  AttentionArgs args = data.host_args();
  args.segment[0].k_strides.token += 4;
  EXPECT_NE(attention_refusal(args).find("k has vectors"), std::string::npos);
  args = data.host_args();
  args.q = static_cast<const std::byte*>(args.q) + 8;
  EXPECT_NE(attention_refusal(args).find("q has vectors"), std::string::npos);
  args = data.host_args();
  args.batch = 1;
  args.q_strides.batch = 3;  // with one row it is not used
  EXPECT_EQ(attention_refusal(args), "");
}

}  // namespace
}  // namespace latentrt::kernels
