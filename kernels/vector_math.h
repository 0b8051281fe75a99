#pragma once
/// Functions in operations that compilers vectorise, for loops of the host.

#include "kernels/half_math.h"

namespace latentrt::kernels {

/// exp(x) within 2e-7 of itself for |x| <= 87: 2^n times a polynomial on [-ln 2 / 2, ln 2 / 2].
[[gnu::always_inline]] inline float exp_of(float x) {
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it rounds to whole numbers
  constexpr float kLog2e = 1.44269504F, kLn2High = 0.693359375F, kLn2Low = -2.12194440e-4F;
  // Bounded as a whole number: of two floats the compiler would compute both sides of the choice, with all that follows.
  const std::uint32_t sign = bits_of(x) & 0x80000000U, size = bits_of(x) & 0x7fffffffU;
  const float bounded = float_from_bits(sign | (size < bits_of(87.0F) ? size : bits_of(87.0F)));
  const float shifted = bounded * kLog2e + kRound, whole = shifted - kRound;
  const float r = (bounded - whole * kLn2High) - whole * kLn2Low;
  float p = 1.0F / 720;
  p = p * r + 1.0F / 120;
  p = p * r + 1.0F / 24;
  p = p * r + 1.0F / 6;
  p = p * r + 0.5F;
  p = p * r + 1.0F;
  p = p * r + 1.0F;
  const std::uint32_t power = (bits_of(shifted) - bits_of(kRound)) << 23;
  return float_from_bits(bits_of(p) + power);
}

}  // namespace latentrt::kernels
