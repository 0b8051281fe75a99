#include "kernels/common/float8_math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace latentrt::kernels {
namespace {

constexpr unsigned kNan = 0x7f, kLargest = 0x7e;

/// A pattern's value, by the definition of E4M3.
double value_of(unsigned bits) {
  const unsigned exponent = (bits >> 3) & 0xf, fraction = bits & 7;
  const double sign = bits & 0x80 ? -1 : 1;
  if ((bits & 0x7f) == kNan) return std::numeric_limits<double>::quiet_NaN();
  if (exponent == 0) return sign * std::ldexp(fraction, -9);
  return sign * std::ldexp(fraction + 8, static_cast<int>(exponent) - 10);
}

unsigned rounded(double value) { return from_float<Float8>(static_cast<float>(value)).bits; }

TEST(Float8Math, EveryPatternHasItsValueAndSurvives) {
  EXPECT_EQ(value_of(kLargest), 448);
  EXPECT_EQ(value_of(1), 0x1p-9);
  for (unsigned bits = 0; bits <= 0xff; ++bits) {
    const float value = to_float(Float8{static_cast<std::uint8_t>(bits)});
    if ((bits & 0x7f) == kNan) {
      EXPECT_TRUE(std::isnan(value));
    } else {
      EXPECT_EQ(value, value_of(bits)) << bits;
      EXPECT_EQ(std::signbit(value), bits >= 0x80) << bits;
    }
    EXPECT_EQ(from_float<Float8>(value).bits, bits);
  }
}

/// Between each pattern and the next: the midpoint is rounded to the even one, adjacent floats to
/// the nearer one.
TEST(Float8Math, MiddlesRoundToEven) {
  for (unsigned bits = 0; bits < kLargest; ++bits) {
    const double below = value_of(bits), above = value_of(bits + 1);
    const auto middle = static_cast<float>((below + above) / 2);
    for (const unsigned sign : {0U, 0x80U}) {
      const auto signed_bits = [&](float value) { return rounded(sign ? -value : value); };
      EXPECT_EQ(signed_bits(middle), sign | (bits % 2 == 0 ? bits : bits + 1)) << bits;
      EXPECT_EQ(signed_bits(std::nextafter(middle, 0.0F)), sign | bits) << bits;
      EXPECT_EQ(signed_bits(std::nextafter(middle, 1e9F)), sign | (bits + 1)) << bits;
    }
  }
}

TEST(Float8Math, ExtremesStayNumbers) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double large : {449.0, 464.0, 480.0, 1e30, infinity}) {
    EXPECT_EQ(rounded(large), kLargest);
    EXPECT_EQ(rounded(-large), 0x80 | kLargest);
  }
  for (const double tiny : {0x1p-10, 0x1p-11, 0x1p-40, 0x1p-126, 0x1p-149, 0.0})
    EXPECT_EQ(rounded(tiny), 0U);
  EXPECT_EQ(rounded(0x1.000002p-10), 1U);
  EXPECT_EQ(rounded(-0.0), 0x80U);
}

TEST(Float8Math, EveryNanStaysNan) {
  for (const std::uint32_t payload : {0x7f800001U, 0x7fc00000U, 0x7fffffffU, 0xff800001U})
    EXPECT_EQ(from_float<Float8>(float_from_bits(payload)).bits & 0x7fU, kNan);
}

}  // namespace
}  // namespace latentrt::kernels
