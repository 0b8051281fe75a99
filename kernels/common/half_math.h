#pragma once
/// The two 16-bit floating-point formats: bit patterns, and conversions that round to nearest, ties
/// to even, and produce the same bits on the host and on the device. They use integer operations
/// and float additions whose results are never subnormal, so flush-to-zero modes do not change
/// them.

#include <cstdint>
#include <cstring>

#include "kernels/common/host_device.h"

namespace latentrt::kernels {

/// IEEE binary16: 1 sign, 5 exponent, 10 fraction bits.
struct Float16 {
  std::uint16_t bits = 0;
};

/// The upper half of a binary32: 1 sign, 8 exponent, 7 fraction bits.
struct BFloat16 {
  std::uint16_t bits = 0;
};

LATENTRT_HOST_DEVICE_INLINE float float_from_bits(std::uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

LATENTRT_HOST_DEVICE_INLINE std::uint32_t bits_of(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

LATENTRT_HOST_DEVICE_INLINE float to_float(float value) { return value; }

LATENTRT_HOST_DEVICE_INLINE float to_float(BFloat16 value) {
  return float_from_bits(static_cast<std::uint32_t>(value.bits) << 16);
}

LATENTRT_HOST_DEVICE_INLINE float to_float(Float16 value) {
  constexpr std::uint32_t kSmallestNormal = 0x0400u << 13, kInfinity = 0x7c00u << 13;
  constexpr std::uint32_t kRebias = (127u - 15u) << 23, kTwoToMinus14 = 113u << 23;
  const std::uint32_t sign = (value.bits & 0x8000u) << 16;
  const std::uint32_t magnitude = (value.bits & 0x7fffu) << 13;
  if (magnitude <
      kSmallestNormal) {  // the fraction counts units of 2^-24: a subtraction normalises it
    const float shifted = float_from_bits(magnitude | kTwoToMinus14);
    return float_from_bits(sign | bits_of(shifted - float_from_bits(kTwoToMinus14)));
  }
  return float_from_bits(sign | (magnitude + (magnitude < kInfinity ? kRebias : 2 * kRebias)));
}

/// from_float<T>(value): the T nearest to value. Values that are too large become infinity; every
/// NaN becomes a quiet NaN.
template <class T>
LATENTRT_HOST_DEVICE_INLINE T from_float(float value);

template <>
LATENTRT_HOST_DEVICE_INLINE float from_float<float>(float value) {
  return value;
}

template <>
LATENTRT_HOST_DEVICE_INLINE BFloat16 from_float<BFloat16>(float value) {
  const std::uint32_t bits = bits_of(value);
  const bool is_nan = (bits & 0x7fffffffu) > 0x7f800000u;
  const std::uint32_t rounded = bits + 0x7fffu + ((bits >> 16) & 1u);
  return {static_cast<std::uint16_t>(is_nan ? (bits >> 16) | 0x0040u : rounded >> 16)};
}

/// The magnitude bits of the binary16 nearest to a non-negative float; `bits` are the float's.
LATENTRT_HOST_DEVICE_INLINE std::uint32_t half_magnitude(std::uint32_t bits) {
  constexpr std::uint32_t kInfinity = 0x7f800000u, kRoundsToInfinity = 0x477ff000u;  // 65520
  constexpr std::uint32_t kSmallestNormal = 0x38800000u;                             // 2^-14
  constexpr std::uint32_t kOneHalf = 0x3f000000u, kRebias = (127u - 15u) << 23;
  if (bits > kInfinity) return 0x7e00u;
  if (bits >= kRoundsToInfinity) return 0x7c00u;
  // the last bit of 0.5 is worth 2^-24, so the addition rounds at the required bit
  if (bits < kSmallestNormal) {
    return bits_of(float_from_bits(bits) + float_from_bits(kOneHalf)) - kOneHalf;
  }
  return (bits - kRebias + 0x0fffu + ((bits >> 13) & 1u)) >> 13;
}

template <>
LATENTRT_HOST_DEVICE_INLINE Float16 from_float<Float16>(float value) {
  const std::uint32_t bits = bits_of(value);
  return {
      static_cast<std::uint16_t>(((bits >> 16) & 0x8000u) | half_magnitude(bits & 0x7fffffffu))};
}

}  // namespace latentrt::kernels
