#pragma once
/// Resampling of input pictures.

#include <latentrt/image.hpp>

namespace latentrt::cli {

/// Lanczos with three lobes whose support grows with the reduction, as imaging programs do it, rows after columns.
Image resize(const Image& image, int width, int height);

}  // namespace latentrt::cli
