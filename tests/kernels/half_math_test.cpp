#include "kernels/common/half_math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace latentrt::kernels {
namespace {

/// A format's value for a pattern of bits, by the definition of a binary floating-point format.
double value_of(unsigned bits, int fraction_bits, int bias) {
  const int exponent_mask = 0x7fff >> fraction_bits;
  const int exponent = static_cast<int>((bits & 0x7fff) >> fraction_bits);
  const unsigned fraction = bits & ((1u << fraction_bits) - 1);
  const double sign = bits & 0x8000 ? -1 : 1;
  if (exponent == exponent_mask) {
    return fraction == 0 ? sign * std::numeric_limits<double>::infinity()
                         : std::numeric_limits<double>::quiet_NaN();
  }
  if (exponent == 0) return sign * std::ldexp(fraction, 1 - bias - fraction_bits);
  return sign * std::ldexp(fraction + (1u << fraction_bits), exponent - bias - fraction_bits);
}

template <class T>
struct Format;
template <>
struct Format<Float16> {
  static constexpr int kFractionBits = 10, kBias = 15;
};
template <>
struct Format<BFloat16> {
  static constexpr int kFractionBits = 7, kBias = 127;
};

template <class T>
double expected(unsigned bits) {
  return value_of(bits, Format<T>::kFractionBits, Format<T>::kBias);
}

template <class T>
class HalfMath : public testing::Test {};
using Formats = testing::Types<Float16, BFloat16>;
TYPED_TEST_SUITE(HalfMath, Formats);

TYPED_TEST(HalfMath, EveryPatternHasItsValue) {
  for (unsigned bits = 0; bits <= 0xffff; ++bits) {
    const float value = to_float(TypeParam{static_cast<std::uint16_t>(bits)});
    const double truth = expected<TypeParam>(bits);
    ASSERT_EQ(std::isnan(value), std::isnan(truth)) << bits;
    if (std::isnan(truth)) continue;
    ASSERT_EQ(value, truth) << bits;
    ASSERT_EQ(std::signbit(value), bits >= 0x8000) << bits;
  }
}

TYPED_TEST(HalfMath, EveryPatternSurvivesTheRoundTrip) {
  for (unsigned bits = 0; bits <= 0xffff; ++bits) {
    const TypeParam back =
        from_float<TypeParam>(to_float(TypeParam{static_cast<std::uint16_t>(bits)}));
    if (std::isnan(expected<TypeParam>(bits))) {
      ASSERT_TRUE(std::isnan(expected<TypeParam>(back.bits))) << bits;
    } else {
      ASSERT_EQ(back.bits, bits);
    }
  }
}

/// Between each pattern and the next: the midpoint is rounded to the even one, its adjacent floats
/// to the nearer one.
TYPED_TEST(HalfMath, MidpointsRoundToEven) {
  constexpr unsigned kInfinity = 0x7fff >> Format<TypeParam>::kFractionBits
                                               << Format<TypeParam>::kFractionBits;
  for (unsigned bits = 0; bits < kInfinity; ++bits) {
    const unsigned above = bits + 1;
    // Infinity rounds as if it were the value after the largest finite one.
    const double step = bits == 0 ? expected<TypeParam>(1)
                                  : expected<TypeParam>(bits) - expected<TypeParam>(bits - 1);
    const double gap =
        above == kInfinity ? step : expected<TypeParam>(above) - expected<TypeParam>(bits);
    const auto middle = static_cast<float>(expected<TypeParam>(bits) + gap / 2);
    const unsigned even = bits % 2 == 0 ? bits : above;
    for (const unsigned sign : {0u, 0x8000u}) {
      const auto rounded = [&](float value) {
        return from_float<TypeParam>(sign ? -value : value).bits;
      };
      ASSERT_EQ(rounded(middle), sign | even) << bits;
      ASSERT_EQ(rounded(std::nextafter(middle, 0.0f)), sign | bits) << bits;
      ASSERT_EQ(rounded(std::nextafter(middle, std::numeric_limits<float>::infinity())),
                sign | above)
          << bits;
    }
  }
}

TYPED_TEST(HalfMath, EveryNanStaysNan) {
  for (const std::uint32_t payload :
       {0x7f800001u, 0x7fa00000u, 0x7fc00000u, 0x7fffffffu, 0xff800001u, 0xffffffffu}) {
    const TypeParam half = from_float<TypeParam>(float_from_bits(payload));
    EXPECT_TRUE(std::isnan(expected<TypeParam>(half.bits))) << payload;
  }
}

TYPED_TEST(HalfMath, TooLargeBecomesInfinity) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(expected<TypeParam>(from_float<TypeParam>(std::numeric_limits<float>::max()).bits),
            infinity);
  EXPECT_EQ(
      expected<TypeParam>(from_float<TypeParam>(-std::numeric_limits<float>::infinity()).bits),
      -infinity);
}

}  // namespace
}  // namespace latentrt::kernels
