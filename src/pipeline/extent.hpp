#pragma once
/// The size of a run's pictures.

#include <latentrt/pixels.hpp>

#include "pipeline/pipeline_state.hpp"

namespace latentrt::pipeline {

inline constexpr int kMaxSide = 16384;  ///< pixels

/// Pixels; 0 selects the model's own size. Throws Error(invalid_argument) for sizes that the model
/// does not support.
Extent checked_extent(const Pipeline::State& model, int width, int height);
/// Throws Error(invalid_argument) if the picture has another size.
void check_size(const PixelView& pixels, Extent extent);

}  // namespace latentrt::pipeline
