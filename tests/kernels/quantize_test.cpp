/// The reference compared with values computed by hand, the host's versions with the reference.
#include "kernels/quantize/quantize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <latentrt/error.hpp>
#include <limits>
#include <ostream>

#include "tests/kernels/host_threads.h"
#include "tests/kernels/quantize_cases.h"

namespace latentrt::kernels {

void PrintTo(const QuantizeCase& test_case, std::ostream* out) { *out << test_case.name; }

namespace {

std::string case_name(const testing::TestParamInfo<QuantizeCase>& instance) {
  return instance.param.name;
}

/// Two pixels of two channels: each on its own, and both in a 3 x 3 patch with zeros around them.
TEST(QuantizeByHand, FollowsTheFormula) {
  const std::vector<float> src{1.1F, -2, 12.7F, 0};
  std::vector<float> largest(2), scales(2);
  largest_ref({.src = src.data(), .largest = largest.data(), .rows = 2, .size = 2});
  EXPECT_EQ(largest, (std::vector<float>{2, 12.7F}));
  std::vector<std::uint8_t> pixels(4), patch(18);
  QuantizeArgs args{.src = src.data(),
                    .largest = largest.data(),
                    .dst = pixels.data(),
                    .scales = scales.data(),
                    .pictures = 1,
                    .height = 1,
                    .width = 2,
                    .channels = 2,
                    .count = 2};
  quantize_ref(args);
  EXPECT_FLOAT_EQ(scales[0], 2.0F / 127);
  EXPECT_FLOAT_EQ(scales[1], 0.1F);
  EXPECT_EQ(pixels, (std::vector<std::uint8_t>{198, 1, 255, 128}));
  args.dst = patch.data();
  args.kernel = 3;
  args.padding = args.count = 1;
  quantize_ref(args);
  EXPECT_FLOAT_EQ(scales[0], 0.1F);
  const std::uint8_t o = 128;
  EXPECT_EQ(patch, (std::vector<std::uint8_t>{o, o, o, o, o, o, o, o, 139, 108, 255, o, o, o, o, o,
                                              o, o}));
}

class Quantize : public testing::TestWithParam<QuantizeCase> {};

INSTANTIATE_TEST_SUITE_P(Cases, Quantize, testing::ValuesIn(quantize_cases()), case_name);

/// Values halfway between two steps may be rounded to either.
TEST_P(Quantize, HostMatchesTheReferenceWithAnyThreads) {
  QuantizeData wanted(GetParam()), one(GetParam()), three(GetParam());
  largest_ref(wanted.largest_args());
  quantize_ref(wanted.quantize_args());
  largest_host(one.largest_args(), one_thread);
  quantize_host(one.quantize_args(), one_thread);
  EXPECT_EQ(one.largest, wanted.largest);
  std::int64_t others = 0;
  for (std::size_t i = 0; i < wanted.rows.size(); ++i) {
    const int distance = std::abs(int{one.rows[i]} - int{wanted.rows[i]});
    ASSERT_LE(distance, 1) << "element " << i;
    others += distance;
  }
  EXPECT_LE(others, static_cast<std::int64_t>(wanted.rows.size() / 100 + 1));
  for (std::size_t i = 0; i < wanted.scales.size(); ++i)
    ASSERT_NEAR(one.scales[i], wanted.scales[i], 0x1p-23 * wanted.scales[i]) << "row " << i;
  largest_host(three.largest_args(), three_threads);
  quantize_host(three.quantize_args(), three_threads);
  EXPECT_EQ(three.rows, one.rows);
  EXPECT_EQ(three.scales, one.scales);
}

TEST_P(Quantize, RescaledMatchesTheReferenceWithAnyThreads) {
  QuantizeData wanted(GetParam()), one(GetParam()), three(GetParam());
  for (QuantizeData* data : {&wanted, &one, &three}) {
    for (std::size_t i = 0; i < data->scales.size(); ++i)
      data->scales[i] = 0.5F + static_cast<float>(i % 7);
  }
  rescale_ref(wanted.rescale_args());
  rescale_host(one.rescale_args(), one_thread);
  rescale_host(three.rescale_args(), three_threads);
  const std::vector<double> results = one.results(), expected = wanted.results(),
                            products = wanted.products();
  // A few rounding errors of the terms, and a 16-bit result's own.
  const double own = GetParam().dtype == DType::bf16 ? 0x1p-8 : 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double terms = 7 * std::abs(products[i]) + 12 * GetParam().deviation;
    ASSERT_NEAR(results[i], expected[i], 2 * own * std::abs(expected[i]) + 4 * 0x1p-24 * terms)
        << "element " << i;
  }
  EXPECT_EQ(three.results(), results);
}

/// Slices of the patches equal the corresponding parts of the whole.
TEST_P(Quantize, SlicesAreOfTheWhole) {
  QuantizeData whole(GetParam()), sliced(GetParam());
  largest_host(whole.largest_args(), one_thread);
  quantize_host(whole.quantize_args(), one_thread);
  largest_host(sliced.largest_args(), one_thread);
  QuantizeArgs args = sliced.quantize_args();
  for (args.first = 0; args.first < whole.patches(); args.first += 11) {
    args.count = std::min<std::int64_t>(11, whole.patches() - args.first);
    args.dst = sliced.rows.data() + args.first * sliced.row_size();
    args.scales = sliced.scales.data() + args.first;
    quantize_host(args, one_thread);
  }
  EXPECT_EQ(sliced.rows, whole.rows);
  EXPECT_EQ(sliced.scales, whole.scales);
}

/// The longest rows that fill vectors completely, one more, and values whose scale could not be
/// inverted.
TEST(QuantizeExtremes, LargestNumbersAreTheLastSteps) {
  for (const float largest : {1.0F, 3e38F, 0x1p-99F}) {
    for (const std::size_t size : {1U, 15U, 16U, 17U, 64U, 65U}) {
      std::vector<float> src(size, largest);
      src[size / 2] = -largest;
      float found = 0, scale = 0;
      std::vector<std::uint8_t> row(size);
      const auto length = static_cast<std::int64_t>(size);
      largest_host({.src = src.data(), .largest = &found, .rows = 1, .size = length}, one_thread);
      EXPECT_EQ(found, largest);
      QuantizeArgs args{.src = src.data(), .largest = &found, .dst = row.data(), .scales = &scale};
      args.pictures = args.height = args.width = args.count = 1;
      args.channels = length;
      quantize_host(args, one_thread);
      for (std::size_t i = 0; i < size; ++i) EXPECT_EQ(row[i], i == size / 2 ? 1 : 255);
      EXPECT_FLOAT_EQ(scale, largest / 127);
    }
  }
}

TEST(QuantizeExtremes, TinyRowsAreZero) {
  const std::vector<float> src{1e-40F, -1e-35F};
  const float largest = 1e-35F;
  float scale = 1;
  std::vector<std::uint8_t> row(2);
  QuantizeArgs args{.src = src.data(), .largest = &largest, .dst = row.data(), .scales = &scale};
  args.pictures = args.height = args.width = args.count = 1;
  args.channels = 2;
  quantize_host(args, one_thread);
  EXPECT_EQ(scale, 0);
  EXPECT_EQ(row, (std::vector<std::uint8_t>{128, 128}));
}

/// A NaN scale makes the whole row NaN.
TEST(QuantizeExtremes, NanGoesThrough) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> src{1, nan, 2, 1, 5, 2};
  std::vector<float> largest(2), scales(2);
  std::vector<std::uint8_t> rows(6);
  largest_host({.src = src.data(), .largest = largest.data(), .rows = 2, .size = 3}, one_thread);
  EXPECT_TRUE(std::isnan(largest[0]));
  EXPECT_EQ(largest[1], 5);
  QuantizeArgs args{.src = src.data(),
                    .largest = largest.data(),
                    .dst = rows.data(),
                    .scales = scales.data(),
                    .pictures = 1,
                    .height = 2,
                    .width = 1,
                    .channels = 3,
                    .count = 2};
  quantize_host(args, one_thread);
  EXPECT_TRUE(std::isnan(scales[0]));
  EXPECT_EQ(scales[1], 5.0F / 127);
}

TEST(QuantizeCheck, RefusesWhatMakesNoSense) {
  QuantizeData data({.name = "plain"});
  const auto refused = [&](auto change) {
    QuantizeArgs args = data.quantize_args();
    change(args);
    EXPECT_THROW(quantize_host(args, one_thread), Error);
    EXPECT_THROW(quantize_ref(args), Error);
  };
  refused([](QuantizeArgs& args) { args.src = nullptr; });
  refused([](QuantizeArgs& args) { args.largest = nullptr; });
  refused([](QuantizeArgs& args) { args.dst = nullptr; });
  refused([](QuantizeArgs& args) { args.scales = nullptr; });
  refused([](QuantizeArgs& args) { args.count += 1; });
  refused([](QuantizeArgs& args) { args.first = 1; });
  refused([](QuantizeArgs& args) { args.stride = 0; });
  refused([](QuantizeArgs& args) { args.padding = -1; });
  refused([](QuantizeArgs& args) { args.dtype = DType::fp16; });
  LargestArgs largest = data.largest_args();
  largest.largest = nullptr;
  EXPECT_THROW(largest_host(largest, one_thread), Error);
  RescaleArgs rescale = data.rescale_args();
  rescale.size = -1;
  EXPECT_THROW(rescale_host(rescale, one_thread), Error);
}

}  // namespace
}  // namespace latentrt::kernels
