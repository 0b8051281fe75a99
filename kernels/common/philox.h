#pragma once
/// Counter-based random numbers for the host and the device: Philox4x32-10 (Salmon et al. 2011,
/// "Parallel random numbers: as easy as 1, 2, 3") and the transform of Box and Muller (1958).
///
/// The standard normal value of (seed, draw, element) is the first one that the block of key (seed
/// low, seed high) and counter (draw low, draw high, element low, element high), words of 32 bits,
/// generates:
///
///   u = x0 2^-32 + 2^-33,  v = 2 pi (x1 2^-32 + 2^-33),  number = sqrt(-2 ln u) sin v
///
/// It depends on nothing else: not on the size of a batch, the GPU or the order of calls. PyTorch's
/// generator for CUDA returns the same value on call `draw` after manual_seed(seed), for tensors
/// with at most as many elements as it starts threads.

#include <cmath>
#include <cstdint>

#include "kernels/common/host_device.h"

namespace latentrt::kernels {

struct PhiloxBlock {
  std::uint32_t words[4];
};

LATENTRT_HOST_DEVICE_INLINE PhiloxBlock philox4x32_10(PhiloxBlock counter, std::uint32_t key0,
                                                      std::uint32_t key1) {
  constexpr std::uint32_t kMultiplier0 = 0xd2511f53, kMultiplier1 = 0xcd9e8d57;
  constexpr std::uint32_t kWeyl0 = 0x9e3779b9, kWeyl1 = 0xbb67ae85;
  constexpr int kRounds = 10;
  LATENTRT_UNROLL
  for (int round = 0; round < kRounds; ++round, key0 += kWeyl0, key1 += kWeyl1) {
    const std::uint32_t(&c)[4] = counter.words;
    const std::uint64_t product0 = std::uint64_t{kMultiplier0} * c[0];
    const std::uint64_t product1 = std::uint64_t{kMultiplier1} * c[2];
    counter = {{static_cast<std::uint32_t>(product1 >> 32) ^ c[1] ^ key0,
                static_cast<std::uint32_t>(product1),
                static_cast<std::uint32_t>(product0 >> 32) ^ c[3] ^ key1,
                static_cast<std::uint32_t>(product0)}};
  }
  return counter;
}

/// A value in (0, 1].
template <class Real>
LATENTRT_HOST_DEVICE_INLINE Real unit_number(std::uint32_t word) {
  return static_cast<Real>(word) * static_cast<Real>(0x1p-32) + static_cast<Real>(0x1p-33);
}

/// The standard normal value.
LATENTRT_HOST_DEVICE_INLINE PhiloxBlock philox_block(std::uint64_t seed, std::uint64_t draw,
                                                     std::uint64_t element) {
  const auto low = [](std::uint64_t value) { return static_cast<std::uint32_t>(value); };
  return philox4x32_10({{low(draw), low(draw >> 32), low(element), low(element >> 32)}}, low(seed),
                       low(seed >> 32));
}

template <class Real>
LATENTRT_HOST_DEVICE_INLINE Real philox_normal(std::uint64_t seed, std::uint64_t draw,
                                               std::uint64_t element) {
  constexpr Real kTwoPi = static_cast<Real>(6.28318530717958647693);
  const PhiloxBlock block = philox_block(seed, draw, element);
  const Real radius = std::sqrt(-2 * std::log(unit_number<Real>(block.words[0])));
  return radius * std::sin(kTwoPi * unit_number<Real>(block.words[1]));
}

}  // namespace latentrt::kernels
