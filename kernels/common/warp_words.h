#pragma once
/// How the lanes of a warp hold the matrices that a tensor core multiplies (PTX ISA, mma.m16n8k16):
/// lane l is in group l / 4 at place l % 4. cuda_warp.h has the hardware's operations on them.

#include <cstdint>
#include <cstring>

#include "kernels/common/element.h"
#include "kernels/common/host_device.h"

namespace latentrt::kernels {

/// Pairs of 16-bit elements. Of a 16 x 16 matrix word 2b + a holds row group + 8a, columns 2 place
/// + 8b and the next.
template <int kCount>
struct Words {
  std::uint32_t w[kCount];
};

/// Of a 16 x 8 matrix of sums: c[2h + j] is in row group + 8h, column 2 place + j.
struct Sums {
  float c[4];
};

inline constexpr int kWarpLanes = 32;
inline constexpr int kMatrixRows = 16, kMatrixColumns = 8;

LATENTRT_HOST_DEVICE_INLINE int group_of(int lane) { return lane / 4; }
LATENTRT_HOST_DEVICE_INLINE int place_of(int lane) { return lane % 4; }

template <class T>
LATENTRT_HOST_DEVICE_INLINE std::uint32_t word_of(const Pack<T, 2>& pair) {
  static_assert(sizeof pair == sizeof(std::uint32_t));
  std::uint32_t word;
  std::memcpy(&word, &pair, sizeof word);
  return word;
}

}  // namespace latentrt::kernels
