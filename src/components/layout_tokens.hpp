#pragma once
/// Boxes with classes as tokens (Esser et al. 2021, for OpenImages; layout-to-image models of
/// latent-diffusion).

#include <cstdint>
#include <latentrt/layout.hpp>
#include <vector>

namespace latentrt::pipeline {

/// The structure of a model's vocabulary.
struct LayoutVocabulary {
  std::int64_t tokens = 8192;  ///< including the last one, which means no object
  std::int64_t boxes = 30;     ///< largest number of objects
  /// Number of grid positions along a side, the square root of `tokens`.
  std::int64_t grid() const;
  /// Number of ids in a layout: three per box, and two corners of the visible part of the picture,
  /// which is always the whole picture.
  std::int64_t length() const { return 3 * boxes + 2; }
};

/// A point, as fractions (0 to 1) of the picture's sides.
std::int64_t place_token(const LayoutVocabulary& vocabulary, double x, double y);

/// For each box its class, its top left corner and its bottom right corner; then empty boxes, and
/// the corners of the picture. Throws Error(invalid_argument) for too many boxes.
std::vector<std::int64_t> layout_tokens(const LayoutVocabulary& vocabulary,
                                        const std::vector<LayoutBox>& boxes);

}  // namespace latentrt::pipeline
