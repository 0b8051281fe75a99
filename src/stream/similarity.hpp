#pragma once
/// Selects the frames of a stream that are processed (Kodaira et al. 2023, section 3.4).

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <latentrt/stream_options.hpp>

namespace latentrt::pipeline {

/// 2 <a,b> / (|a|^2 + |b|^2) in fp32, with double sums on a GPU: the cosine similarity for pictures
/// of equal brightness, and less if one is a brighter version of the other. Two pictures of zeros
/// have similarity 1.
double similarity(const at::Tensor& a, const at::Tensor& b);

/// The probability of skipping a frame: 1 for an equal one, falling to 0 at the threshold.
double skip_chance(double similarity, double threshold);

/// A value in [0,1) that depends only on seed and ticket (SplitMix64; Steele, Lea and Flood 2014).
double keyed_uniform(std::uint64_t seed, std::uint64_t ticket);

class SimilarityGate {
 public:
  SimilarityGate(SimilarityFilter filter, std::uint64_t seed) : filter_(filter), seed_(seed) {}

  /// Whether the frame may be skipped. A frame that may not be skipped becomes the reference for
  /// later ones.
  bool may_skip(const at::Tensor& frame, std::uint64_t ticket);
  /// The next frame is processed.
  void forget() { reference_ = at::Tensor(); }

 private:
  SimilarityFilter filter_;
  std::uint64_t seed_;
  at::Tensor reference_;
  int skipped_ = 0;  ///< consecutive skipped frames
};

}  // namespace latentrt::pipeline
