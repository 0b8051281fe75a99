#pragma once
/// Which way up a camera held a picture: EXIF's orientation tag.

#include <cstdint>
#include <latentrt/image.hpp>
#include <span>

namespace latentrt::cli {

/// 1 to 8, as EXIF 2.32 numbers them. `block` is a TIFF structure, also one that follows "Exif\0\0". 1, which is upright,
/// where it holds no such tag or is malformed.
int exif_orientation(std::span<const std::uint8_t> block) noexcept;

/// The picture as it is to be seen; from 5 on, width and height change places.
Image oriented(Image image, int orientation);

}  // namespace latentrt::cli
