/// The reference compared with values computed by hand, the host's versions with the reference.
#include "kernels/softmax_rows/softmax_rows.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <latentrt/error.hpp>
#include <limits>
#include <random>
#include <tuple>
#include <vector>

#include "kernels/common/element.h"

namespace latentrt::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(SoftmaxRowsByHand, FollowTheFormula) {
  std::vector<float> scores(16), shares(16, 7.0F);
  scores[0] = 2;
  scores[1] = 2 - 2 * std::log(2.0F);
  float inverse = 0;
  softmax_rows_ref({.scores = scores.data(),
                    .dtype = DType::fp32,
                    .dst = shares.data(),
                    .inverse = &inverse,
                    .rows = 1,
                    .count = 2,
                    .stride = 16,
                    .scale = 0.5});
  EXPECT_FLOAT_EQ(shares[0], 1);
  EXPECT_FLOAT_EQ(shares[1], 0.5);
  EXPECT_EQ(shares[2], 0);
  EXPECT_FLOAT_EQ(inverse, 1 / 1.5F);
}

/// (type, values per row, standard deviation of the scores)
class SoftmaxRows : public testing::TestWithParam<std::tuple<DType, std::int64_t, double>> {
 protected:
  static constexpr std::int64_t kRows = 5;

  void SetUp() override {
    std::tie(dtype_, count_, deviation_) = GetParam();
    stride_ = (count_ + kSoftmaxPack - 1) / kSoftmaxPack * kSoftmaxPack + kSoftmaxPack;
    std::normal_distribution<double> normal;
    scores_.resize(static_cast<std::size_t>(kRows * stride_), 1e30F);
    for (std::int64_t i = 0; i < kRows * stride_; ++i)
      if (i % stride_ < count_) scores_[i] = static_cast<float>(deviation_ * normal(random_));
  }

  struct Result {
    std::vector<double> shares;
    std::vector<float> inverse;
  };
  template <class Function>
  Result result_of(const Function& function) const {
    return with_element(dtype_, [&](auto element) {
      std::vector<float> scores = scores_;
      std::vector<decltype(element)> shares(scores.size());
      Result result{.shares = {}, .inverse = std::vector<float>(kRows)};
      function({.scores = scores.data(),
                .dtype = dtype_,
                .dst = shares.data(),
                .inverse = result.inverse.data(),
                .rows = kRows,
                .count = count_,
                .stride = stride_,
                .scale = 0.25F});
      for (const auto share : shares) result.shares.push_back(to_float(share));
      return result;
    });
  }
  /// Relative to a weight: the error of exp, and in 16 bits a rounding to the other side.
  double unit() const { return dtype_ == DType::bf16 ? 0x1p-7 : 4e-7; }

  DType dtype_{};
  std::int64_t count_ = 0, stride_ = 0;
  double deviation_ = 0;
  std::vector<float> scores_;
  std::mt19937 random_{11};
};

INSTANTIATE_TEST_SUITE_P(Cases, SoftmaxRows,
                         testing::Combine(testing::Values(DType::fp32, DType::bf16),
                                          testing::Values(1, 2, 15, 16, 17, 77, 300),
                                          testing::Values(0.0, 3.0, 1e3, 1e20)));

/// A large exponent is itself rounded, which is a relative error of its exp.
TEST_P(SoftmaxRows, HostMatchesTheReference) {
  const Result wanted = result_of(softmax_rows_ref), found = result_of(softmax_rows_host);
  for (std::int64_t i = 0; i < kRows * stride_; ++i) {
    const double share = wanted.shares[i], exponent = share > 0 ? -std::log(share) : 0;
    const double bound = (unit() + exponent * 0x1p-22) * share + 0x1p-125;
    ASSERT_NEAR(found.shares[i], share, bound) << i;
    if (i % stride_ >= count_) {
      ASSERT_EQ(found.shares[i], 0) << i;
    }
  }
  for (std::int64_t r = 0; r < kRows; ++r)
    EXPECT_NEAR(found.inverse[r], wanted.inverse[r], 5e-5 * wanted.inverse[r]);
}

TEST(SoftmaxRowsExtremes, NanAndInfinity) {
  const auto other_nan = std::bit_cast<float>(0x7fffffffU);
  for (const float odd :
       {std::numeric_limits<float>::quiet_NaN(), other_nan, -other_nan, kInfinity}) {
    std::vector<float> scores(32, 1.0F), shares(32), inverse(2);
    scores[3] = odd;
    softmax_rows_host({.scores = scores.data(),
                       .dtype = DType::fp32,
                       .dst = shares.data(),
                       .inverse = inverse.data(),
                       .rows = 2,
                       .count = 7,
                       .stride = 16});
    EXPECT_TRUE(std::isnan(inverse[0])) << odd;
    EXPECT_FLOAT_EQ(inverse[1], 1.0F / 7);
  }
  std::vector<float> scores(16, -kInfinity), shares(16), inverse(1);
  scores[5] = 0;
  softmax_rows_host({.scores = scores.data(),
                     .dtype = DType::fp32,
                     .dst = shares.data(),
                     .inverse = inverse.data(),
                     .rows = 1,
                     .count = 16,
                     .stride = 16});
  EXPECT_FLOAT_EQ(inverse[0], 1);
}

TEST(ScaleRows, HostMatchesTheReference) {
  std::vector<float> src(3 * 21), factors{0.5F, 3, -1};
  for (std::size_t i = 0; i < src.size(); ++i) src[i] = 0.37F * static_cast<float>(i) - 9;
  std::vector<BFloat16> wanted(3 * 40), found(3 * 40);
  ScaleRowsArgs args{.src = src.data(),
                     .factors = factors.data(),
                     .dst = wanted.data(),
                     .rows = 3,
                     .count = 21,
                     .stride = 40};
  scale_rows_ref(args);
  args.dst = found.data();
  scale_rows_host(args);
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i].bits, wanted[i].bits) << i;
}

TEST(SoftmaxRowsArgs, AreRefusedInWords) {
  std::vector<float> room(64);
  SoftmaxRowsArgs args{.scores = room.data(),
                       .dst = room.data(),
                       .inverse = room.data(),
                       .rows = 2,
                       .count = 5,
                       .stride = 16};
  const auto refused = [&](auto change) {
    SoftmaxRowsArgs changed = args;
    change(changed);
    EXPECT_THROW(softmax_rows_host(changed), Error);
  };
  refused([](SoftmaxRowsArgs& a) { a.stride = 8; });
  refused([](SoftmaxRowsArgs& a) { a.count = 0; });
  refused([](SoftmaxRowsArgs& a) { a.count = 17; });
  refused([](SoftmaxRowsArgs& a) { a.dtype = DType::fp16; });
  refused([](SoftmaxRowsArgs& a) { a.scale = 0; });
  refused([](SoftmaxRowsArgs& a) { a.scores = nullptr; });
  EXPECT_THROW(scale_rows_host({.rows = 1, .count = 1, .stride = 1}), Error);
}

}  // namespace
}  // namespace latentrt::kernels
