/// Callers' pixels: formats, pitches, and refused arguments.
#include "pictures/pixels.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "support/expect_error.hpp"

namespace latentrt {
namespace {

TEST(Pixels, AreCopiedBetweenFormats) {
  const Image image{2, 1, {1, 2, 3, 4, 5, 6}};
  std::vector<std::uint8_t> bgra(8);
  copy_pixels(image, {bgra.data(), 2, 1, PixelFormat::bgra8});
  EXPECT_EQ(bgra, (std::vector<std::uint8_t>{3, 2, 1, 255, 6, 5, 4, 255}));
}

TEST(Pixels, AreKeptWithoutTheirGaps) {
  const std::vector<std::uint8_t> bytes{1, 2, 3, 99, 4, 5, 6, 99};
  const pipeline::OwnedPixels kept({bytes.data(), 1, 2, PixelFormat::rgb8, 4});
  std::vector<std::uint8_t> out(6);
  copy_pixels(kept.view(), {out.data(), 1, 2, PixelFormat::rgb8});
  EXPECT_EQ(out, (std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6}));
}

TEST(Pixels, AreKeptPlaneByPlane) {
  const std::vector<float> red{0, 0.5F, 9}, green{0.25F, 1, 9}, blue{0.75F, 0, 9};
  std::vector<float> planes;  // 2 x 1 pixels, each row with a gap
  for (const auto& plane : {red, green, blue})
    planes.insert(planes.end(), plane.begin(), plane.end());
  const pipeline::OwnedPixels kept(
      {planes.data(), 2, 1, PixelFormat::planar_f32, 3 * sizeof(float)});
  EXPECT_EQ(kept.bytes().size(), pipeline::byte_count(PixelFormat::planar_f32, 2, 1));
  std::vector<float> out(6);
  copy_pixels(kept.view(), {out.data(), 2, 1, PixelFormat::rgb_f32});
  EXPECT_EQ(out, (std::vector<float>{0, 0.25F, 0.75F, 0.5F, 1, 0}));
}

TEST(Pixels, NonsenseIsRefused) {
  std::vector<std::uint8_t> bytes(12);
  const PixelView good(bytes.data(), 2, 2, PixelFormat::rgb8);
  const PixelSpan place{bytes.data(), 2, 2, PixelFormat::rgb8};
  EXPECT_ERROR(Code::invalid_argument, "is null",
               copy_pixels({nullptr, 2, 2, PixelFormat::rgb8}, place));
  EXPECT_ERROR(Code::invalid_argument, "-2 x 2",
               copy_pixels({bytes.data(), -2, 2, PixelFormat::rgb8}, place));
  EXPECT_ERROR(Code::invalid_argument, "pitch of 5",
               copy_pixels(good, {bytes.data(), 2, 2, PixelFormat::rgb8, 5}));
  EXPECT_ERROR(Code::invalid_argument, "2 x 2 pixels cannot be copied to 2 x 1",
               copy_pixels(good, {bytes.data(), 2, 1, PixelFormat::rgb8}));
  EXPECT_ERROR(Code::invalid_argument, "not a pixel format",
               copy_pixels(good, {bytes.data(), 2, 2, static_cast<PixelFormat>(9)}));
  EXPECT_ERROR(Code::invalid_argument, "begin at multiples of 4 bytes",
               copy_pixels({bytes.data() + 1, 1, 1, PixelFormat::planar_f32},
                           {bytes.data(), 1, 1, PixelFormat::rgb8}));
  EXPECT_ERROR(Code::invalid_argument, "begin at multiples of 4 bytes",
               copy_pixels({bytes.data(), 1, 1, PixelFormat::planar_f32, 6},
                           {bytes.data(), 1, 1, PixelFormat::rgb8}));
  EXPECT_ERROR(Code::invalid_argument, "device memory",
               copy_pixels(good, {bytes.data(), 2, 2, PixelFormat::rgb8, 0, PixelMemory::device}));
  EXPECT_ERROR(Code::invalid_argument, "11 bytes do not match an image of 2 x 2",
               PixelView(Image{2, 2, std::vector<std::uint8_t>(11)}));
}

}  // namespace
}  // namespace latentrt
