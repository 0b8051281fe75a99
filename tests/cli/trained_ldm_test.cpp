/// The trained models of latent-diffusion in this repository produce the expected pictures.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>

#include "cli/pictures/png.hpp"
#include "cli/program.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::testing {
namespace {

namespace fs = std::filesystem;

using Color = std::array<double, 3>;

constexpr Color kRed{225, 30, 40}, kBlue{30, 80, 225}, kWhite{255, 255, 255}, kBlack{0, 0, 0};

Color at(const Image& image, int x, int y) {
  const auto first = static_cast<std::size_t>(3 * (y * image.width + x));
  Color color{};
  for (std::size_t c = 0; c < 3; ++c) color[c] = image.pixels[first + c];
  return color;
}

double distance(const Color& a, const Color& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/// Share of pixels with about this colour.
double share_of(const Image& image, const Color& color) {
  constexpr double kNear = 60;
  int count = 0;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      if (distance(at(image, x, y), color) < kNear) ++count;
  return static_cast<double>(count) / (image.width * image.height);
}

class TrainedLdm : public ::testing::Test {
 protected:
  using Drawing = std::function<Color(double x, double y)>;

  /// A square picture, given by the colour at the middle of each pixel; sides are 1.
  fs::path drawn(const std::string& name, int side, const Drawing& color) const {
    Image image{side, side, {}};
    for (int y = 0; y < side; ++y)
      for (int x = 0; x < side; ++x)
        for (const double value : color((x + 0.5) / side, (y + 0.5) / side))
          image.pixels.push_back(static_cast<std::uint8_t>(value));
    const auto bytes = cli::encode_png(image, {});
    const fs::path file = folder_ / name;
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
    return file;
  }

  Image made(const std::string& command, const std::string& model,
             const std::vector<std::string>& more) const {
    const std::string directory = std::string(LATENTRT_SOURCE_DIR) + "/models/" + model;
    const fs::path file = folder_ / "o.png";
    std::vector<std::string> all{command, "--model", directory,    "--steps",
                                 "10",    "--out",   file.string()};
    all.insert(all.end(), more.begin(), more.end());
    const Outcome outcome = run_latentrt(all);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return cli::read_png(file);
  }

  TempDir folder_;
};

/// Blue on white, in the middle of the picture.
auto square(double half_side) {
  return [half_side](double x, double y) {
    return std::max(std::abs(x - 0.5), std::abs(y - 0.5)) < half_side ? kBlue : kWhite;
  };
}

/// The smallest objects cover a twentieth of the picture, the largest less than half.
TEST_F(TrainedLdm, DrawsTheColorOfTheClassOnOneBackground) {
  const Image red = made("sample", "shapes-class", {"--class", "red circle", "--seed", "1"});
  EXPECT_EQ(red.width, 64);
  EXPECT_EQ(red.height, 64);
  EXPECT_GT(share_of(red, kRed), 0.05);
  EXPECT_LT(share_of(red, kBlue), 0.01);
  EXPECT_GT(share_of(red, at(red, 0, 0)), 0.4);
  const Image blue = made("sample", "shapes-class", {"--class", "8", "--seed", "1"});
  EXPECT_GT(share_of(blue, kBlue), 0.05);
  EXPECT_LT(share_of(blue, kRed), 0.01);
}

TEST_F(TrainedLdm, DrawsWithoutAClass) {
  const Image image = made("sample", "shapes-class", {"--guidance", "1", "--seed", "1"});
  const double background = share_of(image, at(image, 0, 0));
  EXPECT_GT(background, 0.4);
  EXPECT_LT(background, 0.97);
}

/// The hidden left half of a large square is restored.
TEST_F(TrainedLdm, CompletesAnObject) {
  const fs::path image = drawn("a.png", 64, square(0.33));
  const fs::path mask = drawn("b.png", 64, [](double x, double y) {
    return x < 0.5 && y > 0.1 && y < 0.9 ? kWhite : kBlack;
  });
  const Image whole =
      made("inpaint", "shapes-inpaint", {"--image", image.string(), "--mask", mask.string()});
  const Image given = cli::read_png(image);
  int wrong = 0, hidden = 0;
  for (int y = 7; y < 57; ++y) {
    for (int x = 0; x < 32; ++x, ++hidden)
      if (distance(at(whole, x, y), at(given, x, y)) > 60) ++wrong;
  }
  EXPECT_LT(wrong, hidden / 10);
}

/// Bicubic enlarging blurs the edges: 636 pixels are wrong.
TEST_F(TrainedLdm, EnlargesASmallPicture) {
  const auto shown = square(0.3125);
  const fs::path image = drawn("a.png", 32, shown);
  const Image large = made("upscale", "shapes-x4", {"--image", image.string()});
  ASSERT_EQ(large.width, 128);
  ASSERT_EQ(large.height, 128);
  int wrong = 0;
  for (int y = 0; y < 128; ++y)
    for (int x = 0; x < 128; ++x)
      if (distance(at(large, x, y), shown((x + 0.5) / 128, (y + 0.5) / 128)) > 60) ++wrong;
  EXPECT_LT(wrong, 128 * 128 / 100);
}

}  // namespace
}  // namespace latentrt::testing
