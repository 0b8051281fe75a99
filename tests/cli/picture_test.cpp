#include "cli/pictures/picture_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "cli/exif.hpp"
#include "cli/picture_files.hpp"
#include "cli/pictures/png.hpp"
#include "support/expect_error.hpp"
#include "support/largest_difference.hpp"
#include "support/memory_limit.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::cli {
namespace {

using testing::encode_jpeg;
using testing::encode_webp;
using testing::exif_block;
using testing::largest_difference;
using testing::TempDir;

constexpr int kWidth = 24, kHeight = 16;

/// Red at the left, green at the right; brighter downwards. It is smooth, so that JPEG changes it
/// little.
Image slope() {
  Image image{kWidth, kHeight, {}};
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const auto level = [](int value) { return static_cast<std::uint8_t>(value); };
      image.pixels.insert(image.pixels.end(), {level(240 - 10 * x), level(10 * x), level(12 * y)});
    }
  }
  return image;
}

TEST(PictureFile, IsToldByItsContent) {
  const TempDir dir;
  const std::vector<std::uint8_t> png = encode_png(slope(), {});
  EXPECT_EQ(
      read_picture(dir.write("a.jpg", {reinterpret_cast<const char*>(png.data()), png.size()}))
          .pixels,
      slope().pixels);
  EXPECT_EQ(read_picture(dir.write("b.png", encode_webp(slope()))).pixels, slope().pixels);
  constexpr int kRounding = 4;
  EXPECT_LE(largest_difference(read_picture(dir.write("c.webp", encode_jpeg(slope()))), slope()),
            kRounding);
  EXPECT_LE(
      largest_difference(
          read_picture(dir.write("d", encode_jpeg(slope(), {}, {.progressive = true}))), slope()),
      kRounding);
  for (const char* name : {"a.png", "B.PNG", "c.Jpg", "d.JPEG", "e.webp"})
    EXPECT_TRUE(named_like_picture(name)) << name;
  for (const char* name : {"a.gif", "png", ".png", "a.png.txt"})
    EXPECT_FALSE(named_like_picture(name)) << name;
}

TEST(PictureFile, GreyIsSpread) {
  const TempDir dir;
  const Image grey{2, 1, {50, 200}};
  const Image read =
      read_picture(dir.write("a.jpg", encode_jpeg(grey, {}, {.colors = JCS_GRAYSCALE})));
  EXPECT_LE(largest_difference(read, {2, 1, {50, 50, 50, 200, 200, 200}}), 2);
}

/// The same pixels with and without the tag, rotated by hand: with 6 the right column becomes the
/// bottom row.
TEST(PictureFile, IsTurnedAsExifSays) {
  const TempDir dir;
  for (const bool is_jpeg : {true, false}) {
    const auto read = [&](const std::string& exif) {
      return read_picture(
          dir.write("a", is_jpeg ? encode_jpeg(slope(), exif) : encode_webp(slope(), exif)));
    };
    const Image plain = read({}), turned = read(exif_block(6, is_jpeg));
    ASSERT_EQ(turned.width, kHeight);
    ASSERT_EQ(turned.height, kWidth);
    for (int y = 0; y < kWidth; ++y) {
      for (int x = 0; x < kHeight; ++x) {
        const auto at = static_cast<std::size_t>(3 * (y * kHeight + x));
        const auto from = static_cast<std::size_t>(3 * ((kHeight - 1 - x) * kWidth + y));
        ASSERT_TRUE(std::equal(&turned.pixels[at], &turned.pixels[at] + 3, &plain.pixels[from]))
            << x << ' ' << y;
      }
    }
    EXPECT_EQ(read("no TIFF structure").pixels, plain.pixels);
  }
}

TEST(PictureFile, OtherFormatsAreRefusedByName) {
  const TempDir dir;
  EXPECT_ERROR(Code::bad_file, "a: not a picture", read_picture(dir.write("a", "")));
  EXPECT_ERROR(Code::bad_file, "a: not a picture",
               read_picture(dir.write("a", "version https://git-lfs")));
  EXPECT_ERROR(Code::unsupported, "a: a GIF file", read_picture(dir.write("a", "GIF89a......")));
  EXPECT_ERROR(Code::unsupported, "a: a HEIC file",
               read_picture(dir.write("a", std::string("\0\0\0 ftypheic", 12))));
  EXPECT_ERROR(Code::not_found, "none", read_picture(dir / "none"));
  EXPECT_ERROR(Code::bad_file, "not a regular file", read_picture(dir.path()));
  const Image cmyk{1, 1, {1, 2, 3, 4}};
  EXPECT_ERROR(Code::unsupported, "a: a JPEG file in CMYK",
               read_picture(dir.write("a", encode_jpeg(cmyk, {}, {.colors = JCS_CMYK}))));
}

TEST(HostilePicture, CutFilesAreRefused) {
  const TempDir dir;
  constexpr std::size_t kEndMarker = 2;
  const std::string jpeg = encode_jpeg(slope(), exif_block(6, true)), webp = encode_webp(slope());
  for (std::size_t size = 3; size < jpeg.size() - kEndMarker; size += 7)
    EXPECT_ERROR(Code::bad_file,
                 "a: not a usable JPEG file: ", read_picture(dir.write("a", jpeg.substr(0, size))));
  for (std::size_t size = 12; size + 1 < webp.size(); ++size)
    EXPECT_ERROR(Code::bad_file,
                 "a: not a usable WebP file: ", read_picture(dir.write("a", webp.substr(0, size))));
}

/// 768 MB of pixels in files of some hundred bytes: refused before memory for them is allocated.
TEST(HostilePicture, MemoryIsBoundedByTheFile) {
  if (!testing::kCanLimitMemory) GTEST_SKIP() << "address space is not limited under sanitizers";
  const TempDir dir;
  std::string jpeg = encode_jpeg(slope());
  const std::size_t frame = jpeg.find("\xFF\xC0");
  ASSERT_NE(frame, std::string::npos);
  jpeg.replace(frame + 5, 4, "\x40\0\x40\0", 4);
  // VP8L: a signature of one byte, then 14 bits for each side minus one.
  std::string webp = encode_webp(slope());
  const std::size_t signature = webp.find("VP8L") + 8;
  webp.replace(signature + 1, 4, "\xFF\xFF\xFF\x0F", 4);
  for (const auto& [name, bytes] : {std::pair("a.jpg", jpeg), std::pair("a.webp", webp)}) {
    const auto path = dir.write(name, bytes);
    EXPECT_EXIT(
        {
          testing::limit_further_memory(16u << 20);
          const auto refused = testing::throws_error(
              Code::bad_file, "pixels cannot be in a file of", [&] { (void)read_picture(path); });
          std::exit(refused ? 0 : 1);
        },
        ::testing::ExitedWithCode(0), "")
        << name;
  }
}

}  // namespace
}  // namespace latentrt::cli
