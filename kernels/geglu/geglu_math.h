#pragma once
/// The maths of geglu for the host and the device.

#include <cmath>
#include <type_traits>

#include "kernels/common/element.h"
#include "kernels/geglu/geglu.h"

namespace latentrt::kernels {

template <class Real>
LATENTRT_HOST_DEVICE Real gelu(Real x) {
  constexpr Real kSqrtHalf = static_cast<Real>(0.70710678118654752440);
  return x * static_cast<Real>(0.5) * (1 + std::erf(x * kSqrtHalf));
}

/// The work of one block of geglu's kernel: a row, with adjacent elements in adjacent lanes. It is
/// written against a Block (lane() of lanes() threads, row()) so that a test can run it on the
/// host.
template <class T, int kWidth, class Block>
LATENTRT_DEVICE void geglu_block(const Block& block, const GegluArgs& args) {
  const T* const src = static_cast<const T*>(args.src) + 2 * args.size * block.row();
  T* const dst = static_cast<T*>(args.dst) + args.size * block.row();
  const std::int64_t stride = std::int64_t{block.lanes()} * kWidth;
  for (std::int64_t i = std::int64_t{block.lane()} * kWidth; i < args.size; i += stride) {
    auto value = load<float, kWidth>(src + i);
    const auto gate = load<float, kWidth>(src + args.size + i);
    LATENTRT_UNROLL
    for (int k = 0; k < kWidth; ++k) value.values[k] *= gelu(gate.values[k]);
    store(dst + i, packed<T>(value));
  }
}

/// Calls visit(T{}, width), where width is an integral_constant: that of 16 bytes if every row
/// starts at a multiple of that, else 1.
template <class Visit>
void with_instance(const GegluArgs& args, Visit&& visit) {
  with_element(args.dtype, [&](auto element) {
    constexpr int kWidth = kWidePack<decltype(element)>;
    if (args.size % kWidth == 0 && aligned_to_16(args.src) && aligned_to_16(args.dst)) {
      visit(element, std::integral_constant<int, kWidth>{});
    } else {
      visit(element, std::integral_constant<int, 1>{});
    }
  });
}

}  // namespace latentrt::kernels
