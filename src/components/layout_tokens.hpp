#pragma once
/// Boxes with classes as tokens (Esser et al. 2021, of OpenImages; layout-to-image models of
/// latent-diffusion).

#include <cstdint>
#include <latentrt/layout.hpp>
#include <vector>

namespace latentrt::pipeline {

/// What a model's vocabulary is made of.
struct LayoutVocabulary {
  std::int64_t tokens = 8192;  ///< of which the last means no object
  std::int64_t boxes = 30;     ///< how many a layout has room for
  /// Numbers along a side of the grid of places, the root of `tokens`.
  std::int64_t grid() const;
  /// All ids of a layout: three for each box, and the two corners of the picture's part that is
  /// shown, which is all of it.
  std::int64_t length() const { return 3 * boxes + 2; }
};

/// A place in 0..1 of the picture's sides.
std::int64_t place_token(const LayoutVocabulary& vocabulary, double x, double y);

/// For each box its class, its corner at the top left and at the bottom right; then the empty ones,
/// and the corners of the picture. Throws Error(invalid_argument) for more boxes than there is room
/// for.
std::vector<std::int64_t> layout_tokens(const LayoutVocabulary& vocabulary,
                                        const std::vector<LayoutBox>& boxes);

}  // namespace latentrt::pipeline
