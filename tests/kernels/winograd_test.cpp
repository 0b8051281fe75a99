/// The reference compared with the convolution, the host's versions with the reference.
#include "kernels/winograd/winograd.h"

#include <gtest/gtest.h>

#include <cmath>
#include <latentrt/error.hpp>
#include <limits>
#include <ostream>

#include "tests/kernels/host_threads.h"
#include "tests/kernels/winograd_cases.h"

namespace latentrt::kernels {

void PrintTo(const WinogradCase& test_case, std::ostream* out) { *out << test_case.name; }

namespace {

std::string case_name(const testing::TestParamInfo<WinogradCase>& instance) {
  return instance.param.name;
}

double largest(const std::vector<float>& numbers) {
  double most = 0;
  for (const float number : numbers) most = std::max(most, std::abs(double{number}));
  return most;
}

void expect_near(const std::vector<float>& a, const std::vector<float>& b, double bound) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], bound) << "element " << i;
}

/// products[p] = seen[p] spread[p], in double.
void multiply(WinogradData& data, std::int64_t tiles, const WinogradCase& c) {
  for (std::int64_t p = 0; p < kWinogradPoints; ++p) {
    for (std::int64_t t = 0; t < tiles; ++t) {
      for (std::int64_t o = 0; o < c.outputs; ++o) {
        double total = 0;
        for (std::int64_t i = 0; i < c.channels; ++i)
          total += double{data.seen[(p * tiles + t) * c.channels + i]} *
                   data.spread[(p * c.channels + i) * c.outputs + o];
        data.products[(p * tiles + t) * c.outputs + o] = static_cast<float>(total);
      }
    }
  }
}

/// One element of the convolution, directly from its definition.
double convolved(const WinogradData& data, const WinogradCase& c, std::int64_t picture,
                 std::int64_t y, std::int64_t x, std::int64_t output) {
  double total = c.bias ? data.bias[output] : 0;
  if (c.sum) total += data.sum[((picture * c.height + y) * c.width + x) * c.outputs + output];
  for (int k = 0; k < 9; ++k) {
    const std::int64_t line = y + k / 3 - 1, column = x + k % 3 - 1;
    if (line < 0 || column < 0 || line >= c.height || column >= c.width) continue;
    const std::int64_t pixel = (picture * c.height + line) * c.width + column;
    for (std::int64_t i = 0; i < c.channels; ++i)
      total +=
          double{data.src[pixel * c.channels + i]} * data.kernel[(output * c.channels + i) * 9 + k];
  }
  return total;
}

class Winograd : public testing::TestWithParam<WinogradCase> {
 protected:
  static constexpr double kUnit = 0x1p-23;
};

INSTANTIATE_TEST_SUITE_P(Cases, Winograd, testing::ValuesIn(winograd_cases()), case_name);

/// Intermediate values are fp32, so the error is their rounding.
TEST_P(Winograd, TheReferenceIsTheConvolution) {
  const WinogradCase& c = GetParam();
  if (c.channels > 48 || c.count >= 0) GTEST_SKIP() << "for small and whole pictures";
  WinogradData data(c);
  winograd_kernel_ref(data.kernel_args());
  winograd_input_ref(data.input_args());
  multiply(data, data.tiles(0).count, c);
  winograd_output_ref(data.output_args());
  const double bound = 64 * kUnit * largest(data.products);
  for (std::int64_t n = 0; n < c.pictures; ++n) {
    for (std::int64_t y = 0; y < c.height; ++y) {
      for (std::int64_t x = 0; x < c.width; ++x) {
        for (std::int64_t o = 0; o < c.outputs; ++o)
          ASSERT_NEAR(data.result[((n * c.height + y) * c.width + x) * c.outputs + o],
                      convolved(data, c, n, y, x, o), bound)
              << n << ", " << y << ", " << x << ", " << o;
      }
    }
  }
}

/// An element of the result is at most the sum of 16 of the values that it is computed from.
TEST_P(Winograd, HostMatchesTheReference) {
  WinogradData wanted(GetParam()), found(GetParam());
  winograd_kernel_ref(wanted.kernel_args());
  winograd_kernel_host(found.kernel_args(), one_thread);
  expect_near(found.spread, wanted.spread, kUnit * largest(wanted.kernel) * 9 / 4);
  winograd_input_ref(wanted.input_args());
  winograd_input_host(found.input_args(), one_thread);
  expect_near(found.seen, wanted.seen, 4 * kUnit * largest(wanted.src));
  winograd_output_ref(wanted.output_args());
  winograd_output_host(found.output_args(), one_thread);
  expect_near(found.result, wanted.result, 18 * kUnit * largest(wanted.products));
}

TEST_P(Winograd, AnyThreadsGiveTheSameBits) {
  WinogradData one(GetParam()), three(GetParam());
  winograd_kernel_host(one.kernel_args(), one_thread);
  winograd_kernel_host(three.kernel_args(), three_threads);
  EXPECT_EQ(one.spread, three.spread);
  winograd_input_host(one.input_args(), one_thread);
  winograd_input_host(three.input_args(), three_threads);
  EXPECT_EQ(one.seen, three.seen);
  winograd_output_host(one.output_args(), one_thread);
  winograd_output_host(three.output_args(), three_threads);
  EXPECT_EQ(one.result, three.result);
}

/// Pixels of tiles that are not requested stay unchanged.
TEST(WinogradTiles, ArePartsOfTheWhole) {
  const WinogradCase whole{.name = "whole", .pictures = 3, .height = 5, .width = 5};
  WinogradCase part = whole;
  part.first = 7;
  part.count = 13;
  WinogradData of_whole(whole), of_part(part);
  winograd_input_host(of_whole.input_args(), one_thread);
  winograd_input_host(of_part.input_args(), one_thread);
  const std::int64_t tiles = of_whole.tiles(0).count;
  for (std::int64_t p = 0; p < kWinogradPoints; ++p) {
    const auto wanted = of_whole.seen.begin() + (p * tiles + part.first) * whole.channels;
    const auto found = of_part.seen.begin() + p * part.count * whole.channels;
    EXPECT_TRUE(std::equal(found, found + part.count * whole.channels, wanted)) << p;
  }
  winograd_output_host(of_part.output_args(), one_thread);
  // In the first picture these are the last line except for its first two pixels; in the second,
  // all.
  const auto pixel = [&](std::int64_t i) { return of_part.result.begin() + i * whole.outputs; };
  const auto is_zero = [](float number) { return number == 0; };
  EXPECT_TRUE(std::all_of(pixel(0), pixel(22), is_zero));
  EXPECT_TRUE(std::none_of(pixel(22), pixel(50), is_zero));
}

/// As in the convolution, but for the whole tile.
TEST(WinogradTiles, KeepNanToThoseThatSeeIt) {
  WinogradData data({.name = "nan", .pictures = 1, .height = 8, .width = 8});
  data.src[0] = std::numeric_limits<float>::quiet_NaN();
  winograd_input_host(data.input_args(), one_thread);
  // the first tile, at a point that adds all values
  EXPECT_TRUE(std::isnan(data.seen[5 * 16 * 32]));
  for (std::int64_t p = 0; p < kWinogradPoints; ++p) {
    for (std::int64_t i = 1; i < 16 * 32; ++i)
      ASSERT_FALSE(std::isnan(data.seen[p * 16 * 32 + i])) << p << ", " << i;
  }
}

TEST(WinogradArgs, AreRefusedInWords) {
  WinogradData data({.name = "args"});
  WinogradInputArgs input = data.input_args();
  input.tiles.channels = 24;
  EXPECT_THROW(winograd_input_host(input, one_thread), Error);
  input = data.input_args();
  input.tiles.count += 1;
  EXPECT_THROW(winograd_input_ref(input), Error);
  input = data.input_args();
  input.src = nullptr;
  EXPECT_THROW(winograd_input_host(input, one_thread), Error);
  WinogradOutputArgs output = data.output_args();
  output.tiles.height = -1;
  EXPECT_THROW(winograd_output_host(output, one_thread), Error);
  WinogradKernelArgs kernel = data.kernel_args();
  kernel.outputs = 40;
  EXPECT_THROW(winograd_kernel_host(kernel, one_thread), Error);
}

}  // namespace
}  // namespace latentrt::kernels
