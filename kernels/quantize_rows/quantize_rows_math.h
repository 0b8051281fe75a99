#pragma once
/// The maths of quantize_rows and rescale_rows, for the host and the device, and the work of their
/// blocks.

#include <cmath>
#include <type_traits>

#include "kernels/common/element.h"
#include "kernels/common/float8_math.h"
#include "kernels/quantize_rows/quantize_rows.h"

namespace latentrt::kernels {

/// A signed 8-bit integer.
struct Int8 {
  std::int8_t value = 0;
};

/// The format's value nearest to value * inverse, ties to even, with the same bits on host and
/// device.
template <class Number>
LATENTRT_HOST_DEVICE_INLINE Number scaled_to(float value, float inverse);

/// Adding 1.5 * 2^23 in one rounding leaves integers in the lowest bits.
template <>
LATENTRT_HOST_DEVICE_INLINE Int8 scaled_to<Int8>(float value, float inverse) {
  constexpr float kRound = 12582912.0F;
  return {static_cast<std::int8_t>(bits_of(std::fma(value, inverse, kRound)))};
}

template <>
LATENTRT_HOST_DEVICE_INLINE Float8 scaled_to<Float8>(float value, float inverse) {
  return from_float<Float8>(value * inverse);
}

/// Rows whose largest absolute value is below this are zero: its inverse would not be finite.
inline constexpr float kSmallestRow = 0x1p-100F;

/// Threads per row: whole warps, a power of two, with one to two packs each if that is enough.
inline int row_lanes(std::int64_t packs) {
  int lanes = 32;
  while (lanes < 256 && 2 * lanes < packs) lanes *= 2;
  return lanes;
}

/// One row. It is written against a Block (lane() of lanes() threads, a power of two, row(),
/// sync()); `shared` has one value per lane. Absolute values are compared as integers, which have
/// the same order, with NaN last.
template <class T, class Number, int kWidth, class Block>
LATENTRT_DEVICE void quantize_block(const Block& block, const QuantizeRowsArgs& args,
                                    std::uint32_t* shared) {
  const T* const src = static_cast<const T*>(args.src) + args.size * block.row();
  Number* const dst = static_cast<Number*>(args.dst) + args.size * block.row();
  const std::int64_t first = std::int64_t{block.lane()} * kWidth,
                     stride = std::int64_t{block.lanes()} * kWidth;
  std::uint32_t most = 0;
  for (std::int64_t i = first; i < args.size; i += stride) {
    const auto numbers = load<float, kWidth>(src + i);
    LATENTRT_UNROLL
    for (int k = 0; k < kWidth; ++k) {
      const std::uint32_t bits = bits_of(numbers.values[k]) & 0x7fffffffU;
      most = bits > most ? bits : most;
    }
  }
  shared[block.lane()] = most;
  for (int half = block.lanes() / 2; half > 0; half /= 2) {
    block.sync();
    if (block.lane() < half) {
      const std::uint32_t other = shared[block.lane() + half];
      if (other > shared[block.lane()]) shared[block.lane()] = other;
    }
  }
  block.sync();
  const float largest = float_from_bits(shared[0]);
  const bool zero = largest < kSmallestRow;
  const float inverse = zero ? 0.0F : largest_number(args.format) / largest;
  if (block.lane() == 0)
    args.scales[block.row()] = zero ? 0.0F : largest / largest_number(args.format);
  for (std::int64_t i = first; i < args.size; i += stride) {
    const auto numbers = load<float, kWidth>(src + i);
    Pack<Number, kWidth> pack;
    LATENTRT_UNROLL
    for (int k = 0; k < kWidth; ++k) pack.values[k] = scaled_to<Number>(numbers.values[k], inverse);
    store(dst + i, pack);
  }
}

/// One row, written against a Block (lane() of lanes() threads, row()).
template <class T, int kWidth, class Block>
LATENTRT_DEVICE void rescale_block(const Block& block, const RescaleRowsArgs& args) {
  const std::int64_t begin = args.size * block.row(), stride = std::int64_t{block.lanes()} * kWidth;
  const float scale = args.row_scales[block.row()];
  for (std::int64_t i = std::int64_t{block.lane()} * kWidth; i < args.size; i += stride) {
    const auto& products =
        *reinterpret_cast<const Pack<std::int32_t, kWidth>*>(args.products + begin + i);
    const auto columns = load<float, kWidth>(args.column_scales + i);
    Numbers<float, kWidth> bias{}, sum{};
    if (args.bias) bias = load<float, kWidth>(static_cast<const T*>(args.bias) + i);
    if (args.sum) sum = load<float, kWidth>(static_cast<const T*>(args.sum) + begin + i);
    Numbers<float, kWidth> y;
    LATENTRT_UNROLL
    for (int k = 0; k < kWidth; ++k)
      y.values[k] = static_cast<float>(products.values[k]) * (scale * columns.values[k]) +
                    (bias.values[k] + sum.values[k]);
    store(static_cast<T*>(args.dst) + begin + i, packed<T>(y));
  }
}

/// Calls visit(number) with the element type of the format.
template <class Visit>
void with_number(EightBits format, Visit&& visit) {
  if (format == EightBits::int8) {
    visit(Int8{});
  } else {
    visit(Float8{});
  }
}

/// Call visit(T{}, width), where width is an integral_constant: that of 16 bytes of the wider
/// side's type if every row starts at a multiple of that, else 1.
template <class Visit>
void with_instance(const QuantizeRowsArgs& args, Visit&& visit) {
  with_element(args.dtype, [&](auto element) {
    constexpr int kWidth = kWidePack<decltype(element)>;
    const bool aligned = aligned_to_16(args.src) && aligned_to_16(args.dst);
    if (args.size % kWidth == 0 && aligned) {
      visit(element, std::integral_constant<int, kWidth>{});
    } else {
      visit(element, std::integral_constant<int, 1>{});
    }
  });
}

template <class Visit>
void with_instance(const RescaleRowsArgs& args, Visit&& visit) {
  with_element(args.dtype, [&](auto element) {
    constexpr int kWidth = kWidePack<float>;
    bool aligned = args.size % kWidth == 0;
    for (const void* buffer :
         {static_cast<const void*>(args.products), static_cast<const void*>(args.column_scales),
          args.bias, args.sum, static_cast<const void*>(args.dst)})
      aligned = aligned && aligned_to_16(buffer);
    if (aligned) {
      visit(element, std::integral_constant<int, kWidth>{});
    } else {
      visit(element, std::integral_constant<int, 1>{});
    }
  });
}

}  // namespace latentrt::kernels
