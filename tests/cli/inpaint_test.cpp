/// `latentrt inpaint` with the shipped model, which was not trained for it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cli/latentrt_fixture.hpp"
#include "cli/pictures/png.hpp"
#include "support/largest_difference.hpp"

namespace latentrt::testing {
namespace {

namespace fs = std::filesystem;

class Inpaint : public Latentrt {
 protected:
  /// A gradient.
  void SetUp() override {
    write(image_, 64, 64, [](int x, int y) { return 3 * x + y; });
  }

  template <class Value>
  static void write(const fs::path& file, int width, int height, const Value& value) {
    Image image{width, height, {}};
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        for (int c = 0; c < 3; ++c) image.pixels.push_back(static_cast<std::uint8_t>(value(x, y)));
    const auto bytes = cli::encode_png(image, {});
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
  }

  /// White inside of a square from 16 to 40.
  static bool inside(int x, int y) { return x >= 16 && x < 40 && y >= 16 && y < 40; }
  void write_square(int width = 64, int height = 64) {
    write(mask_, width, height, [](int x, int y) { return inside(x, y) ? 255 : 0; });
  }

  Outcome inpaint(const Arguments& more) {
    Arguments all{"--image", image_.string(), "--mask", mask_.string()};
    all.insert(all.end(), more.begin(), more.end());
    return generate(all, "inpaint");
  }

  /// Number of pixels outside (or inside) of the square that differ from the picture's.
  int changed(const Image& made, bool within) const {
    const Image given = cli::read_png(image_);
    int count = 0;
    for (int y = 0; y < made.height; ++y) {
      for (int x = 0; x < made.width; ++x) {
        const auto at = static_cast<std::size_t>(3 * (y * made.width + x));
        const bool same = std::equal(&made.pixels[at], &made.pixels[at] + 3, &given.pixels[at]);
        if (inside(x, y) == within && !same) ++count;
      }
    }
    return count;
  }

  fs::path image_ = models_ / "image.png", mask_ = models_ / "mask.png";
};

TEST_F(Inpaint, KeepsThePictureToTheBitOutsideOfTheMask) {
  write_square();
  for (const char* strength : {"1", "0.6"}) {
    const Outcome outcome = inpaint({"--strength", strength});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    const Image made = cli::read_png(picture());
    EXPECT_EQ(made.width, 64);
    EXPECT_EQ(changed(made, false), 0);
    EXPECT_GT(changed(made, true), 24 * 24 / 2);
  }
}

TEST_F(Inpaint, WithoutCompositeIsTheAutoencodersPicture) {
  write_square();
  ASSERT_EQ(inpaint({"--no-composite"}).exit_code, 0);
  const Image made = cli::read_png(picture());
  EXPECT_GT(changed(made, false), 1000);
}

TEST_F(Inpaint, ABatchHasNumberedFilesAndOnePictureEach) {
  write_square();
  ASSERT_EQ(inpaint({"--batch", "2", "--json"}).exit_code, 0);
  const Image first = cli::read_png(picture()), second = cli::read_png(folder_ / "o-1.png");
  EXPECT_EQ(changed(first, false), 0);
  EXPECT_EQ(changed(second, false), 0);
  EXPECT_NE(first.pixels, second.pixels);
}

/// Each picture of --seeds equals that of its seed, except for the rounding of kernels that compute
/// two pictures at once.
TEST_F(Inpaint, SeedsOfTheirOwn) {
  write_square();
  ASSERT_EQ(inpaint({"--seeds", "3,5", "--strength", "0.7", "--scheduler", "euler_a"}).exit_code,
            0);
  const Image second = cli::read_png(folder_ / "o-1.png");
  ASSERT_EQ(inpaint({"--seed", "5", "--strength", "0.7", "--scheduler", "euler_a"}).exit_code, 0);
  EXPECT_LE(largest_difference(second, cli::read_png(picture())), 1);
}

TEST_F(Inpaint, SizesAreThePicturesOwnCutToTheGrid) {
  write(image_, 75, 68, [](int x, int y) { return 2 * x + y; });
  write_square(75, 68);
  ASSERT_EQ(inpaint({}).exit_code, 0);
  const Image made = cli::read_png(picture());
  EXPECT_EQ(made.width, 72);
  EXPECT_EQ(made.height, 64);
}

/// The part around the mask is computed at the size of the flags, and the result has the picture's
/// size.
TEST_F(Inpaint, ACropIsPastedIntoThePicture) {
  write(image_, 75, 68, [](int x, int y) { return 2 * x + y; });
  write_square(75, 68);
  ASSERT_EQ(inpaint({"--crop-padding", "4", "--width", "64", "--height", "64"}).exit_code, 0);
  const Image made = cli::read_png(picture());
  EXPECT_EQ(made.width, 75);
  EXPECT_EQ(made.height, 68);
  EXPECT_EQ(changed(made, false), 0);
  EXPECT_GT(changed(made, true), 24 * 24 / 2);
  ASSERT_EQ(inpaint({"--crop-padding", "4", "--width", "64", "--height", "64", "--no-composite"})
                .exit_code,
            0);
  EXPECT_EQ(cli::read_png(picture()).width, 64);
}

/// Grey values below 128 are black unless they are blended.
TEST_F(Inpaint, GreyMasks) {
  write(mask_, 64, 64, [](int x, int y) { return inside(x, y) ? 255 : 100; });
  ASSERT_EQ(inpaint({}).exit_code, 0);
  EXPECT_EQ(changed(cli::read_png(picture()), false), 0);
  ASSERT_EQ(inpaint({"--soft-mask"}).exit_code, 0);
  EXPECT_GT(changed(cli::read_png(picture()), false), 1000);
}

TEST_F(Inpaint, ABlurReachesOverTheMasksEdge) {
  write_square();
  ASSERT_EQ(inpaint({"--mask-blur", "3"}).exit_code, 0);
  const Image made = cli::read_png(picture());
  EXPECT_GT(changed(made, false), 0);
  EXPECT_LT(changed(made, false), 50 * 50);
}

/// All of the picture is generated.
TEST_F(Inpaint, AWhiteMaskIsFine) {
  write(mask_, 64, 64, [](int, int) { return 255; });
  ASSERT_EQ(inpaint({}).exit_code, 0);
  EXPECT_GT(changed(cli::read_png(picture()), false), 2000);
}

TEST_F(Inpaint, RefusesWhatDoesNotFit) {
  write_square(64, 56);
  expect_refused(inpaint({}), "the mask has 64 x 56 pixels, the picture 64 x 64");
  write(mask_, 64, 64, [](int, int) { return 0; });
  expect_refused(inpaint({}), "the mask is black everywhere");
  write(mask_, 64, 64, [](int, int) { return 127; });
  expect_refused(inpaint({}), "grey values of 128 and more");
  write(mask_, 64, 64, [](int x, int y) { return x == 20 && y == 20 ? 255 : 0; });
  expect_refused(inpaint({"--mask-blur", "20"}), "mask_blur of 20 leaves nothing");
  write_square();
  expect_refused(inpaint({"--width", "60"}), "width 60 is not a multiple of 8");
  expect_refused(inpaint({"--strength", "0"}), "strength 0");
  expect_refused(inpaint({"--strength", "0.1", "--steps", "5"}), "leaves none of 5 steps");
  expect_refused(inpaint({"--mask-blur", "-1"}), "mask_blur -1 is outside 0 to 1000");
  expect_refused(inpaint({"--crop-padding", "-1"}), "crop_padding -1");
  expect_refused(
      generate({"--image", image_.string(), "--mask", (models_ / "none.png").string()}, "inpaint"),
      "none.png");
  write(image_, 7, 64, [](int, int) { return 9; });
  write(mask_, 7, 64, [](int, int) { return 255; });
  expect_refused(inpaint({}), "the picture has 7 x 64 pixels");
}

TEST_F(Inpaint, NeedsAMask) {
  const Outcome outcome = generate({"--image", image_.string()}, "inpaint");
  expect_refused(outcome, "--mask is required");
}

}  // namespace
}  // namespace latentrt::testing
