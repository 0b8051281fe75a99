#pragma once
/// What attention does to one query's scores, in base 2: with s' = s * scale * log2(e), a key's weight is exp2(s' - offset)
/// for an offset that cancels when the weights are divided by their sum.

#include <cmath>

#include "kernels/common/host_device.h"

namespace latentrt::kernels {

/// A query's softmax so far.
struct SoftmaxRow {
  float offset = -INFINITY;  ///< near the largest s' so far
  float sum = 0;             ///< of the weights
};

/// By how much s' may exceed the offset before the offset follows (after FlashAttention-4). Weights up to 2^8 keep all
/// digits in every type, and few tiles of keys but the first ask for a correction of what is summed already.
inline constexpr float kMostRise = 8;

/// What scores, products of q and k, are multiplied by.
LATENTRT_HOST_DEVICE_INLINE float base2_factor(double scale) {
  constexpr double kLog2E = 1.4426950408889634;
  return static_cast<float>(scale * kLog2E);
}

/// Whether the offset must follow `top`, the largest s' of some more keys.
LATENTRT_HOST_DEVICE_INLINE bool must_rise(const SoftmaxRow& row, float top) {
  return top - row.offset > kMostRise;
}

/// What is subtracted from s'. Where all scores are minus infinity it is nothing, so that their weights are zero.
LATENTRT_HOST_DEVICE_INLINE float subtrahend(float offset) {
  return offset == -INFINITY ? 0.0F : offset;
}

/// Of the scores as they are, with the natural logarithm.
LATENTRT_HOST_DEVICE_INLINE float log_sum_exp(const SoftmaxRow& row) {
  constexpr float kLn2 = 0.6931471805599453F;
  return (row.offset + std::log2(row.sum)) * kLn2;
}

}  // namespace latentrt::kernels
