#pragma once
/// Resampling of pictures.

#include <latentrt/api.hpp>
#include <latentrt/image.hpp>

namespace latentrt {

/// Lanczos with three lobes, whose support grows with the reduction, as in image editors; rows,
/// then columns. The image is not empty, and the size is positive.
LATENTRT_API Image resize(const Image& image, int width, int height);

}  // namespace latentrt
