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

/// The part that holds all of a mask that is not black, with `padding` pixels on every side as far
/// as the picture goes, and then grown along one side to the ratio of width and height, as far as
/// the picture goes. The mask is not all black.
Region region_of(const Grey& mask, int padding, int width, int height);

Image cropped(const Image& image, const Region& region);
/// Resized to fit in width x height with its own ratio; what stays free continues the edges.
Image fitted(const Image& image, int width, int height);
/// `part` over `image` where `region` is: resized to cover the region with its own ratio, and cut.
Image pasted(Image image, const Region& region, const Image& part);

}  // namespace latentrt::pipeline
