#pragma once
/// The per-element maths of group_norm's kernel, for the host and the device.

#include <cmath>

#include "kernels/common/element.h"
#include "kernels/common/moments.h"

namespace latentrt::kernels {

/// Sums over pixels, by channel, of e = x - first, where `first` is the first x: because it is one
/// of the elements, the cancellation in squares - sums^2 / count is at most `count` times the
/// result, however large the mean.
template <int kWidth>
struct PixelSums {
  float first[kWidth] = {}, sums[kWidth] = {}, squares[kWidth] = {};
};

/// Of `count` pixels, `stride` elements apart.
template <class T, int kWidth>
LATENTRT_HOST_DEVICE PixelSums<kWidth> pixel_sums(const T* x, std::int64_t stride, int count) {
  PixelSums<kWidth> of;
  if (count == 0) return of;
  const auto first = load<float, kWidth>(x);
  for (int k = 0; k < kWidth; ++k) of.first[k] = first.values[k];
  for (int i = 1; i < count; ++i) {
    const auto pack = load<float, kWidth>(x + i * stride);
    for (int k = 0; k < kWidth; ++k) {
      const float deviation = pack.values[k] - of.first[k];
      of.sums[k] += deviation;
      of.squares[k] += deviation * deviation;
    }
  }
  return of;
}

/// Mean and sum of squared deviations of one channel over a lane's pixels.
struct ChannelMoments {
  float mean, squared_deviations;
};

/// `shift` is added to each element; count > 0. Keeps NaN.
template <int kWidth>
LATENTRT_HOST_DEVICE ChannelMoments channel_moments(const PixelSums<kWidth>& of, int k, int count,
                                                    float shift) {
  const float mean = of.sums[k] / static_cast<float>(count);
  const float squares = of.squares[k] - of.sums[k] * mean;
  return {shift + mean, squares < 0 ? 0 : squares};
}

/// Of the moments first, first + step, ... below `length`: two passes over them, and a single
/// division. None is empty.
template <class Entry>
LATENTRT_HOST_DEVICE Moments<float, 1> moments_of_list(int first, int length, int step,
                                                       const Entry& entry) {
  Moments<float, 1> all;
  if (first >= length) return all;
  const float origin = entry(first).mean[0];
  float shifted = 0;
  for (int i = first; i < length; i += step) {
    const Moments<float, 1> one = entry(i);
    all.count += one.count;
    shifted += one.count * (one.mean[0] - origin);
  }
  all.mean[0] = origin + shifted / all.count;
  for (int i = first; i < length; i += step) {
    const Moments<float, 1> one = entry(i);
    const float distance = one.mean[0] - all.mean[0];
    all.squared_deviations[0] += one.squared_deviations[0] + one.count * distance * distance;
  }
  return all;
}

/// z * sigmoid(z). Computing exp(-z) as a power of two halves its cost; its relative error of |z|
/// roundings only matters where the result is nearly z or nearly zero.
LATENTRT_HOST_DEVICE_INLINE float silu(float z) {
  constexpr float kLog2e = 1.44269504F;
  return z / (1 + std::exp2(-kLog2e * z));
}

/// y = f((x - origin) * factor + offset), by channel. The origin is near the mean: subtracting it
/// first avoids the loss of digits in the product if the mean is large.
template <int kWidth>
struct ChannelMap {
  float origin[kWidth], factor[kWidth], offset[kWidth];
};

template <class T, int kWidth>
LATENTRT_HOST_DEVICE Pack<T, kWidth> mapped(const Pack<T, kWidth>& x, const ChannelMap<kWidth>& map,
                                            bool with_silu) {
  Numbers<float, kWidth> y;
  LATENTRT_UNROLL
  for (int k = 0; k < kWidth; ++k) {
    const float z = (to_float(x.values[k]) - map.origin[k]) * map.factor[k] + map.offset[k];
    y.values[k] = with_silu ? silu(z) : z;
  }
  return packed<T>(y);
}

/// kPixels pixels of a lane, `stride` elements apart: all are read before the first is written, so
/// that many reads are in flight although y may be x.
template <int kPixels, class T, int kWidth>
LATENTRT_HOST_DEVICE void map_pixels(const T* x, T* y, std::int64_t stride,
                                     const ChannelMap<kWidth>& map, bool with_silu) {
  Pack<T, kWidth> packs[kPixels];
  LATENTRT_UNROLL
  for (int i = 0; i < kPixels; ++i)
    packs[i] = *reinterpret_cast<const Pack<T, kWidth>*>(x + i * stride);
  LATENTRT_UNROLL
  for (int i = 0; i < kPixels; ++i) store(y + i * stride, mapped(packs[i], map, with_silu));
}

}  // namespace latentrt::kernels
