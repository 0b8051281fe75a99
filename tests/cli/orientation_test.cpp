#include "cli/pictures/orientation.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "cli/exif.hpp"

namespace latentrt::cli {
namespace {

int orientation_in(const std::string& bytes) {
  return exif_orientation({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

/// Three by two pixels, each with a letter; and the letters of a picture, row by row.
const Image kLetters{
    3,
    2,
    {'a', 'a', 'a', 'b', 'b', 'b', 'c', 'c', 'c', 'd', 'd', 'd', 'e', 'e', 'e', 'f', 'f', 'f'}};

std::string letters_of(const Image& image) {
  std::string rows;
  for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
    if (i > 0 && i / 3 % static_cast<std::size_t>(image.width) == 0) rows += '/';
    rows += static_cast<char>(image.pixels[i]);
  }
  return rows;
}

/// The position of the first row and the first column according to EXIF 2.32.
TEST(Orientation, TurnsAsExifSays) {
  constexpr std::array<const char*, 10> kWanted{"abc/def",  "abc/def",  "cba/fed",  "fed/cba",
                                                "def/abc",  "ad/be/cf", "da/eb/fc", "fc/eb/da",
                                                "cf/be/ad", "abc/def"};
  for (int i = 0; i < static_cast<int>(kWanted.size()); ++i)
    EXPECT_EQ(letters_of(oriented(kLetters, i)), kWanted[static_cast<std::size_t>(i)]) << i;
}

TEST(Orientation, IsReadInBothByteOrdersAndWithAPrefix) {
  for (int i = 1; i <= 8; ++i) {
    EXPECT_EQ(orientation_in(testing::exif_block(i, true)), i);
    EXPECT_EQ(orientation_in(testing::exif_block(i, false)), i);
    EXPECT_EQ(orientation_in(std::string("Exif\0\0", 6) + testing::exif_block(i, false)), i);
  }
}

TEST(HostileExif, IsIgnoredWhereItIsCutOrMalformed) {
  const std::string whole = testing::exif_block(6, true);
  for (std::size_t size = 0; size + 2 < whole.size(); ++size)
    EXPECT_EQ(orientation_in(whole.substr(0, size)), 1) << size;
  // Byte order, magic number, offset of the directory, type, count.
  for (const std::size_t at : {0U, 2U, 7U, 12U, 14U}) {
    std::string damaged = whole;
    damaged[at] = '\xFF';
    EXPECT_EQ(orientation_in(damaged), 1) << at;
  }
  for (const int value : {0, 9, 255, 65535})
    EXPECT_EQ(orientation_in(testing::exif_block(value, true)), 1) << value;
}

}  // namespace
}  // namespace latentrt::cli
