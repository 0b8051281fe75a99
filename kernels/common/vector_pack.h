#pragma once
/// Sixteen floats on the host, in one or several vector registers, for loops that the compiler does
/// not vectorise. For functions that LATENTRT_VECTOR_VERSIONS builds, so everything must be
/// inlined.

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "kernels/common/half_math.h"

namespace latentrt::kernels {

inline constexpr std::int64_t kVectorPack = 16;

typedef float FloatPack __attribute__((vector_size(kVectorPack * sizeof(float))));
typedef std::uint32_t WordPack __attribute__((vector_size(kVectorPack * sizeof(std::uint32_t))));
typedef std::uint16_t HalfPack __attribute__((vector_size(kVectorPack * sizeof(std::uint16_t))));

[[gnu::always_inline]] inline void load_pack(const float* src, FloatPack* pack) {
  std::memcpy(pack, src, sizeof *pack);
}

[[gnu::always_inline]] inline void store_pack(const FloatPack& pack, float* dst) {
  std::memcpy(dst, &pack, sizeof pack);
}

[[gnu::always_inline]] inline void load_pack(const BFloat16* src, FloatPack* pack) {
  HalfPack halves;
  std::memcpy(&halves, src, sizeof halves);
  const WordPack bits = __builtin_convertvector(halves, WordPack) << 16;
  std::memcpy(pack, &bits, sizeof bits);
}

/// Rounded to the nearest, ties to even; NaN stays NaN.
[[gnu::always_inline]] inline void store_pack(const FloatPack& pack, BFloat16* dst) {
  WordPack bits;
  std::memcpy(&bits, &pack, sizeof pack);
  const WordPack rounded = (bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16;
  const WordPack chosen = pack == pack ? rounded : (bits >> 16) | 0x40U;
  const HalfPack halves = __builtin_convertvector(chosen, HalfPack);
  std::memcpy(static_cast<void*>(dst), &halves, sizeof halves);
}

/// Replaces x by 2^x, for x <= 0 with a relative error of 2e-7, or 4e-5 if T is bf16. Below -126 it
/// is 2^-126; NaN stays.
template <class T>
[[gnu::always_inline]] inline void raise_two(FloatPack& x) {
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it rounds to integers
  const FloatPack bounded = x < -126.0F ? FloatPack{} - 126.0F : x;
  const FloatPack shifted = bounded + kRound, r = bounded - (shifted - kRound);
  FloatPack p;
  if constexpr (std::is_same_v<T, float>) {
    p = r * 1.53533557e-4F + 1.33988744e-3F;
    p = p * r + 9.61843730e-3F;
    p = p * r + 5.55033250e-2F;
  } else {
    p = r * 9.61843730e-3F + 5.55033250e-2F;
  }
  p = p * r + 2.40226448e-1F;
  p = p * r + 6.93147187e-1F;
  p = p * r + 1.0F;
  WordPack exponent, bits;
  std::memcpy(&exponent, &shifted, sizeof shifted);
  std::memcpy(&bits, &p, sizeof p);
  bits += exponent << 23;
  FloatPack raised;
  std::memcpy(&raised, &bits, sizeof raised);
  x = x == x ? raised : x;  // a sum with the bits of a NaN is not always a NaN
}

}  // namespace latentrt::kernels
