#pragma once
/// Sizes of pixels in bytes.

#include <cstddef>
#include <latentrt/pixels.hpp>

namespace latentrt::pipeline {

constexpr PixelFormat kLastFormat = PixelFormat::planar_f32;

/// Sum over all planes.
std::size_t row_count(PixelFormat format, int height);
/// For a picture without gaps between its rows.
std::size_t byte_count(PixelFormat format, int width, int height);

}  // namespace latentrt::pipeline
