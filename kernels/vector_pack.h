#pragma once
/// Sixteen numbers of the host side by side, in one or several of its vectors, for loops that the compiler does not see
/// through. For functions that LATENTRT_VECTOR_VERSIONS builds: inlined, all the way down.

#include <cstdint>
#include <cstring>

#include "kernels/half_math.h"

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

}  // namespace latentrt::kernels
