#pragma once
/// E4M3 (Micikevicius et al. 2022, FP8 Formats for Deep Learning): 1 sign, 4 exponent, 3 fraction
/// bits; no infinity, one NaN per sign, and 448 is the largest value. Conversions use integer
/// operations only, so they produce the same bits on the host and on the device.

#include "kernels/common/half_math.h"

namespace latentrt::kernels {

struct Float8 {
  std::uint8_t bits = 0;
};

LATENTRT_HOST_DEVICE_INLINE float to_float(Float8 value) {
  constexpr std::uint32_t kNan = 0x7f, kSmallestNormal = 0x08, kRebias = 127 - 7;
  constexpr float kSmallestStep = 0x1p-9F;
  const std::uint32_t sign = (value.bits & 0x80U) << 24, magnitude = value.bits & 0x7fU;
  if (magnitude == kNan) return float_from_bits(sign | 0x7fc00000U);
  if (magnitude < kSmallestNormal)
    return float_from_bits(sign | bits_of(static_cast<float>(magnitude) * kSmallestStep));
  return float_from_bits(sign | ((magnitude << 20) + (kRebias << 23)));
}

/// The magnitude bits of the value nearest to a non-negative float, ties to even; `bits` are the
/// float's. Values that are too large, including infinity, become 448.
LATENTRT_HOST_DEVICE_INLINE std::uint32_t float8_magnitude(std::uint32_t bits) {
  constexpr std::uint32_t kInfinity = 0x7f800000U, kLargest = 0x43e00000U;  // 448
  constexpr std::uint32_t kSmallestNormal = 0x3c800000U;                    // 2^-6
  constexpr std::uint32_t kRebias = 127 - 7;
  if (bits > kInfinity) return 0x7f;
  if (bits >= kLargest) return 0x7e;
  // The float's fraction in steps of the result is `number` shifted right by 20 bits, and by one
  // more for each exponent below the smallest normal one. Shifted by more than its 24 bits, it is
  // less than half a step.
  const bool normal = bits >= kSmallestNormal;
  const std::uint32_t shift = normal ? 20 : 141 - (bits >> 23);
  if (shift > 25) return 0;
  const std::uint32_t number = normal ? bits - (kRebias << 23) : (bits & 0x007fffffU) | 0x00800000U;
  const std::uint32_t below_half = (1U << (shift - 1)) - 1;
  return (number + below_half + ((number >> shift) & 1U)) >> shift;
}

template <>
LATENTRT_HOST_DEVICE_INLINE Float8 from_float<Float8>(float value) {
  const std::uint32_t bits = bits_of(value);
  return {static_cast<std::uint8_t>(((bits >> 24) & 0x80U) | float8_magnitude(bits & 0x7fffffffU))};
}

}  // namespace latentrt::kernels
