#pragma once
/// Resizes input pictures.

#include <latentrt/image.hpp>

namespace latentrt::cli {

/// Lanczos with three lobes, whose support grows with the reduction, as in imaging programs; rows,
/// then columns.
Image resize(const Image& image, int width, int height);

}  // namespace latentrt::cli
