#pragma once
/// EXIF orientation: how a picture must be rotated or mirrored.

#include <cstdint>
#include <latentrt/image.hpp>
#include <span>

namespace latentrt::cli {

/// 1 to 8, as in EXIF 2.32. `block` is a TIFF structure, optionally after "Exif\0\0". Returns 1
/// (upright) if it has no such tag or is malformed.
int exif_orientation(std::span<const std::uint8_t> block) noexcept;

/// The upright picture; orientations from 5 on swap width and height.
Image oriented(Image image, int orientation);

}  // namespace latentrt::cli
