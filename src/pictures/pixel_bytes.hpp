#pragma once
/// How many bytes pixels take.

#include <cstddef>
#include <latentrt/pixels.hpp>

namespace latentrt::pipeline {

constexpr PixelFormat kLastFormat = PixelFormat::planar_f32;

/// Of all planes.
std::size_t row_count(PixelFormat format, int height);
/// Of a picture without gaps between its rows.
std::size_t byte_count(PixelFormat format, int width, int height);

}  // namespace latentrt::pipeline
