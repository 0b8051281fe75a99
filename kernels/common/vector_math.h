#pragma once
/// Functions that compilers can vectorise, for loops of the host.

#include "kernels/common/half_math.h"

namespace latentrt::kernels {

/// exp(x) with a relative error of 2e-7 for |x| <= 87: 2^n times a polynomial on [-ln 2 / 2, ln 2 /
/// 2].
[[gnu::always_inline]] inline float exp_of(float x) {
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it rounds to integers
  constexpr float kLog2e = 1.44269504F, kLn2High = 0.693359375F, kLn2Low = -2.12194440e-4F;
  // Clamped as an integer: for floats the compiler would compute both sides of the choice, with
  // everything that follows.
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

/// erf(x) with a relative error of 1.2e-7: an odd polynomial near zero, and 1 - exp of a polynomial
/// beyond. The coefficients are those of N. Juffa's erff.
[[gnu::always_inline]] inline float erf_of(float x) {
  const std::uint32_t sign = bits_of(x) & 0x80000000U, size = bits_of(x) & 0x7fffffffU;
  const float t = float_from_bits(size), s = x * x;
  float far = (-1.72853470e-5F * t + 3.83197126e-4F) * s + (-3.88396438e-3F * t + 2.42546219e-2F);
  far = far * t - 1.06777877e-1F;
  far = far * t - 6.34846687e-1F;
  far = far * t - 1.28717512e-1F;
  far = 1.0F - exp_of(far * t - t);
  float near = -5.96761703e-4F;
  near = near * s + 4.99119423e-3F;
  near = near * s - 2.67681349e-2F;
  near = near * s + 1.12819925e-1F;
  near = near * s - 3.76125336e-1F;
  near = near * s + 1.28379166e-1F;
  near = near * x + x;
  const std::uint32_t choice = size > bits_of(0.927734375F) ? sign | bits_of(far) : bits_of(near);
  return float_from_bits(choice);
}

}  // namespace latentrt::kernels
