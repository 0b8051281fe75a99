#pragma once
/// Parts of pictures.

#include <latentrt/image.hpp>
#include <latentrt/resize.hpp>

#include "pictures/grey.hpp"

namespace latentrt::pipeline {

/// Pixels [left, right) of rows [top, bottom).
struct Region {
  int left = 0, top = 0, right = 0, bottom = 0;

  int width() const noexcept { return right - left; }
  int height() const noexcept { return bottom - top; }
  bool operator==(const Region&) const = default;
};

/// The part of a picture that contains all of the mask that is not black, with `padding` pixels on
/// every side, extended along one side to the ratio of width and height; both within the picture.
/// The mask is not all black.
Region region_of(const Grey& mask, int padding, int width, int height);

Image cropped(const Image& image, const Region& region);
/// Resized to fit into width x height with its own ratio; the remaining area repeats the edges.
Image fitted(const Image& image, int width, int height);
/// `part` pasted over `region` of `image`: resized to cover the region with its own ratio, and
/// cropped.
Image pasted(Image image, const Region& region, const Image& part);

}  // namespace latentrt::pipeline
