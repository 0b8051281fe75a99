/// Masks and parts of pictures compared with results of Pillow and diffusers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "pictures/blur.hpp"
#include "pictures/crop.hpp"
#include "pictures/grey.hpp"
#include "support/largest_difference.hpp"

namespace latentrt::pipeline {
namespace {

using testing::largest_difference;

using Json = nlohmann::json;

const Json& golden() {
  static const Json json = Json::parse(
      std::ifstream(std::string(LATENTRT_SOURCE_DIR) + "/tests/golden/inpaint/pictures.json"));
  return json;
}

/// From rows of grey values, or rows of pixels.
Image image_of(const Json& rows) {
  Image image{static_cast<int>(rows[0].size()), static_cast<int>(rows.size()), {}};
  for (const Json& row : rows)
    for (const Json& pixel : row)
      for (std::size_t c = 0; c < 3; ++c)
        image.pixels.push_back((pixel.is_array() ? pixel[c] : pixel).get<std::uint8_t>());
  return image;
}

TEST(Masks, AreBlurredToTheByte) {
  const Image mask = image_of(golden()["mask"]);
  for (const Json& blur : golden()["blurs"]) {
    const double radius = blur["radius"];
    EXPECT_EQ(largest_difference(blurred(mask, radius), image_of(blur["values"])), 0) << radius;
  }
  EXPECT_EQ(blurred(mask, 0).pixels, mask.pixels);
}

TEST(Masks, SelectAPartOfThePicture) {
  for (const Json& given : golden()["regions"]) {
    Grey mask{100, 70, std::vector<std::uint8_t>(100 * 70)};
    const auto box = given["box"].get<std::vector<int>>();
    for (int y = box[1]; y < box[3]; ++y)
      for (int x = box[0]; x < box[2]; ++x) mask.values[static_cast<std::size_t>(100 * y + x)] = 1;
    const Region found = region_of(mask, given["padding"], given["size"][0], given["size"][1]);
    const auto wanted = given["region"].get<std::vector<int>>();
    EXPECT_EQ(found, (Region{wanted[0], wanted[1], wanted[2], wanted[3]})) << given.dump();
  }
}

TEST(Masks, PartsAreFittedAndTheirEdgesContinued) {
  const Image picture = image_of(golden()["picture"]);
  for (const Json& fit : golden()["fits"]) {
    const Image made = fitted(picture, fit["size"][0], fit["size"][1]);
    EXPECT_LE(largest_difference(made, image_of(fit["values"])), 1) << fit["size"].dump();
  }
}

TEST(Masks, AreGreyAndCutInHalf) {
  const Grey grey = grey_of({4, 1, {255, 0, 0, 0, 255, 0, 0, 0, 255, 127, 127, 127}});
  EXPECT_EQ(grey.values, (std::vector<std::uint8_t>{76, 150, 29, 127}));
  EXPECT_EQ(cut_in_half({3, 1, {127, 128, 255}}).values, (std::vector<std::uint8_t>{0, 255, 255}));
}

TEST(Masks, ChooseBetweenPicturesToTheBit) {
  const Image below{3, 1, {1, 2, 3, 4, 5, 6, 7, 8, 9}}, above{3, 1, {9, 8, 7, 6, 5, 4, 3, 2, 255}};
  const Image mixed = composite(below, above, {3, 1, {0, 255, 51}});
  EXPECT_EQ(mixed.pixels, (std::vector<std::uint8_t>{1, 2, 3, 6, 5, 4, 6, 7, 58}));
}

TEST(Masks, PartsGoBackToTheirPlace) {
  const Image picture = image_of(golden()["picture"]);
  const Region region{3, 2, 11, 8};
  const Image part = cropped(picture, region);
  EXPECT_EQ(part.width, 8);
  EXPECT_EQ(part.height, 6);
  EXPECT_EQ(pasted(picture, region, part).pixels, picture.pixels);
  // A part with another ratio covers the region and is cropped.
  const Image red = [] {
    Image image{10, 20, {}};
    for (int i = 0; i < 200; ++i) image.pixels.insert(image.pixels.end(), {255, 0, 0});
    return image;
  }();
  const Image made = pasted(picture, region, red);
  for (int y = 0; y < made.height; ++y) {
    for (int x = 0; x < made.width; ++x) {
      const bool inside = x >= 3 && x < 11 && y >= 2 && y < 8;
      const auto at = static_cast<std::size_t>(3 * (y * made.width + x));
      EXPECT_EQ(made.pixels[at], inside ? 255 : picture.pixels[at]) << x << ' ' << y;
    }
  }
}

}  // namespace
}  // namespace latentrt::pipeline
