#include "pictures/crop.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>

namespace latentrt::pipeline {
namespace {

/// The smallest region that contains all of the mask.
Region bounds_of(const Grey& mask) {
  Region bounds{mask.width, mask.height, 0, 0};
  for (int y = 0; y < mask.height; ++y) {
    for (int x = 0; x < mask.width; ++x) {
      if (mask.at(x, y) == 0) continue;
      bounds.left = std::min(bounds.left, x);
      bounds.right = std::max(bounds.right, x + 1);
      bounds.top = std::min(bounds.top, y);
      bounds.bottom = y + 1;
    }
  }
  return bounds;
}

/// Extends [begin, end) by `more`, half on each side, and moves it back into [0, size).
void grow(int& begin, int& end, int more, int size) {
  begin -= more / 2;
  end += more - more / 2;
  const int over = std::max(end - size, 0);
  begin -= over;
  end -= over;
  const int under = std::max(-begin, 0);
  begin += under;
  end = std::min(end + under, size);
}

/// Of an Image, constant or not.
template <class Picture>
auto* row_of(Picture& image, int x, int y) {
  return &image.pixels[3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) +
                            static_cast<std::size_t>(x))];
}

Image empty_image(int width, int height) {
  return {width, height,
          std::vector<std::uint8_t>(3 * static_cast<std::size_t>(width) *
                                    static_cast<std::size_t>(height))};
}

/// Copies the part of `part` that is inside of the image.
void put(Image& image, int left, int top, const Image& part) {
  const int first = std::max(-left, 0), last = std::min(part.width, image.width - left);
  if (last <= first) return;
  for (int y = std::max(-top, 0); y < std::min(part.height, image.height - top); ++y) {
    std::memcpy(row_of(image, left + first, top + y), row_of(part, first, y),
                3 * static_cast<std::size_t>(last - first));
  }
}

/// Bicubic interpolation at the edge itself, half a pixel beyond the centre of the outermost pixel.
std::uint8_t beyond(std::uint8_t outermost, std::uint8_t next) {
  constexpr double kOutermost = 1.125, kNext = -0.125;
  return static_cast<std::uint8_t>(
      std::clamp(std::floor(outermost * kOutermost + next * kNext + 0.5), 0.0, 255.0));
}

/// Fills row `to` from the rows at the edge of the pasted picture.
void fill_row(Image& image, int to, int outermost, int next) {
  for (std::size_t i = 0; i < 3 * static_cast<std::size_t>(image.width); ++i)
    row_of(image, 0, to)[i] = beyond(row_of(image, 0, outermost)[i], row_of(image, 0, next)[i]);
}

void fill_column(Image& image, int to, int outermost, int next) {
  for (int y = 0; y < image.height; ++y)
    for (std::size_t c = 0; c < 3; ++c)
      row_of(image, to, y)[c] = beyond(row_of(image, outermost, y)[c], row_of(image, next, y)[c]);
}

/// Fills the free part of `size` rows or columns around [begin, end).
template <class Fill>
void fill_around(int begin, int end, int size, const Fill& fill) {
  const int from_begin = std::min(begin + 1, end - 1), from_end = std::max(end - 2, begin);
  for (int i = 0; i < begin; ++i) fill(i, begin, from_begin);
  // As many as before, despite rounding.
  for (int i = end; i < std::min(end + begin, size); ++i) fill(i, end - 1, from_end);
}

/// Sides of a picture with this ratio that fits in a frame with that ratio, or covers it.
struct Sides {
  int width, height;
};
Sides sides_in(const Image& image, int width, int height, bool covers) {
  const bool wider =
      static_cast<double>(image.width) / image.height > static_cast<double>(width) / height;
  const bool narrower =
      static_cast<double>(image.width) / image.height < static_cast<double>(width) / height;
  const bool by_width = covers ? narrower : wider;
  const bool by_height = covers ? !narrower : !wider;
  return {by_width ? width : image.width * height / image.height,
          by_height ? height : image.height * width / image.width};
}

}  // namespace

Region region_of(const Grey& mask, int padding, int width, int height) {
  Region region = bounds_of(mask);
  region.left = std::max(region.left - padding, 0);
  region.top = std::max(region.top - padding, 0);
  region.right = std::min(region.right + padding, mask.width);
  region.bottom = std::min(region.bottom + padding, mask.height);
  const double wanted = static_cast<double>(width) / height;
  if (static_cast<double>(region.width()) / region.height() > wanted) {
    const auto more = static_cast<int>(region.width() / wanted - region.height());
    grow(region.top, region.bottom, more, mask.height);
  } else {
    const auto more = static_cast<int>(region.height() * wanted - region.width());
    grow(region.left, region.right, more, mask.width);
  }
  return region;
}

Image cropped(const Image& image, const Region& region) {
  Image part = empty_image(region.width(), region.height());
  put(part, -region.left, -region.top, image);
  return part;
}

Image fitted(const Image& image, int width, int height) {
  const Sides sides = sides_in(image, width, height, false);
  const Image small = resize(image, std::max(sides.width, 1), std::max(sides.height, 1));
  Image result = empty_image(width, height);
  const int left = width / 2 - small.width / 2, top = height / 2 - small.height / 2;
  put(result, left, top, small);
  fill_around(top, top + small.height, height,
              [&](int to, int outermost, int next) { fill_row(result, to, outermost, next); });
  fill_around(left, left + small.width, width,
              [&](int to, int outermost, int next) { fill_column(result, to, outermost, next); });
  return result;
}

Image pasted(Image image, const Region& region, const Image& part) {
  const Sides sides = sides_in(part, region.width(), region.height(), true);
  Image cut = empty_image(region.width(), region.height());
  put(cut, region.width() / 2 - sides.width / 2, region.height() / 2 - sides.height / 2,
      resize(part, std::max(sides.width, 1), std::max(sides.height, 1)));
  put(image, region.left, region.top, cut);
  return image;
}

}  // namespace latentrt::pipeline
