#pragma once
/// Softmax of one query's scores, in base 2: with s' = s * scale * log2(e), a key's weight is
/// exp2(s' - offset) for an offset that cancels when the weights are divided by their sum.

#include <cmath>

#include "kernels/common/host_device.h"

namespace latentrt::kernels {

/// State of a query's softmax.
struct SoftmaxRow {
  float offset = -INFINITY;  ///< near the largest s' so far
  float sum = 0;             ///< of the weights
};

/// How far s' may exceed the offset before the offset is raised (as in FlashAttention-4). Weights
/// up to 2^8 keep all digits in every type, and few tiles of keys other than the first require a
/// correction of earlier sums.
inline constexpr float kMostRise = 8;

/// The factor of scores, which are products of q and k.
LATENTRT_HOST_DEVICE_INLINE float base2_factor(double scale) {
  constexpr double kLog2E = 1.4426950408889634;
  return static_cast<float>(scale * kLog2E);
}

/// Whether the offset must be raised for `top`, the largest s' of further keys.
LATENTRT_HOST_DEVICE_INLINE bool must_rise(const SoftmaxRow& row, float top) {
  return top - row.offset > kMostRise;
}

/// The value subtracted from s'. If all scores are minus infinity it is zero, so that their weights
/// are zero.
LATENTRT_HOST_DEVICE_INLINE float subtrahend(float offset) {
  return offset == -INFINITY ? 0.0F : offset;
}

/// Of the original scores, with the natural logarithm.
LATENTRT_HOST_DEVICE_INLINE float log_sum_exp(const SoftmaxRow& row) {
  constexpr float kLn2 = 0.6931471805599453F;
  return (row.offset + std::log2(row.sum)) * kLn2;
}

}  // namespace latentrt::kernels
