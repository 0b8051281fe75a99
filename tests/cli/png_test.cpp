#include "cli/pictures/png.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "cli/exif.hpp"
#include "support/expect_error.hpp"
#include "support/memory_limit.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::cli {
namespace {

using testing::TempDir;

/// offset of the header in every PNG file, after its signature
constexpr std::size_t kWidthAt = 16, kHeightAt = 20;

std::string encoded(const Image& image, const TextChunks& texts = {}) {
  const std::vector<std::uint8_t> bytes = encode_png(image, texts);
  return {bytes.begin(), bytes.end()};
}

const Image kSmall{2, 1, {1, 2, 3, 4, 5, 6}};

TEST(Png, WhatWasEncodedComesBack) {
  const TempDir dir;
  const Image image = read_png(dir.write("a.png", encoded(kSmall)));
  EXPECT_EQ(image.width, 2);
  EXPECT_EQ(image.height, 1);
  EXPECT_EQ(image.pixels, kSmall.pixels);
}

/// Text that is not ASCII is an iTXt chunk: keyword, no compression, no language, no translated
/// keyword.
TEST(Png, TextsOfAnyLanguageAreInIt) {
  using namespace std::string_literals;
  const std::string file = encoded(kSmall, {{"prompt", "un caf\u00E9"}, {"seed", "7"}});
  EXPECT_NE(file.find("iTXtprompt\0\0\0\0\0un caf\u00E9"s), std::string::npos);
  EXPECT_NE(file.find("tEXtseed\0"s
                      "7"),
            std::string::npos);
}

TEST(HostilePng, OtherContentIsRefused) {
  const TempDir dir;
  constexpr std::size_t kNotNeeded =
      16;  // the last chunk, and the checksum of the pixels before it
  const std::string whole = encoded(kSmall);
  for (std::size_t size = 0; size < whole.size() - kNotNeeded; ++size) {
    const auto path = dir.write("a.png", whole.substr(0, size));
    EXPECT_ERROR(Code::bad_file, path.string(), read_png(path));
  }
  EXPECT_ERROR(Code::bad_file, "a.png: not a usable PNG file",
               read_png(dir.write("a.png", "GIF89a")));
}

TEST(HostilePng, SpecialFilesAreRefusedWithoutWaiting) {
  const TempDir dir;
  ASSERT_EQ(mkfifo((dir / "pipe").c_str(), 0600), 0);
  EXPECT_ERROR(Code::bad_file, "pipe: not a regular file", read_png(dir / "pipe"));
  EXPECT_ERROR(Code::bad_file, "not a regular file", read_png(dir.path()));
  EXPECT_ERROR(Code::not_found, "none.png", read_png(dir / "none.png"));
}

/// CRC-32 of a chunk, as the format has it.
std::uint32_t crc_of(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
  }
  return ~crc;
}

void put(std::string& bytes, std::size_t at, std::uint32_t value) {
  for (int i = 0; i < 4; ++i)
    bytes[at + static_cast<std::size_t>(i)] = static_cast<char>(value >> (24 - 8 * i));
}

std::string chunk(const std::string& type, const std::string& content) {
  std::string bytes(4, '\0');
  put(bytes, 0, static_cast<std::uint32_t>(content.size()));
  bytes += type + content + std::string(4, '\0');
  put(bytes, bytes.size() - 4, crc_of(type + content));
  return bytes;
}

constexpr std::size_t kHeaderEnd = 33,
                      kLastChunk = 12;  ///< bytes before the second chunk; of the last

TEST(Png, IsTurnedAsExifSaysWhereverThatIs) {
  const TempDir dir;
  const std::string whole = encoded(kSmall), exif = chunk("eXIf", testing::exif_block(6, false));
  for (const std::size_t at : {kHeaderEnd, whole.size() - kLastChunk}) {
    const Image image = read_png(dir.write("a.png", std::string(whole).insert(at, exif)));
    EXPECT_EQ(image.width, 1);
    EXPECT_EQ(image.height, 2);
    EXPECT_EQ(image.pixels, kSmall.pixels);
  }
}

/// Text chunks do not determine pixels: they are skipped, whatever their compressed or uncompressed
/// length.
TEST(Png, ChunksBesideThePixelsAreSkipped) {
  const TempDir dir;
  const std::string whole = encoded(kSmall);
  const std::string text = chunk("tEXt", std::string("workflow\0", 9) + std::string(1500000, 'A'));
  for (const std::string& skipped : {text, text + text, chunk("zTXt", "no deflated data"),
                                     chunk("iTXt", ""), chunk("gAMA", ""), chunk("prVt", "own")})
    EXPECT_EQ(read_png(dir.write("a.png", std::string(whole).insert(kHeaderEnd, skipped))).pixels,
              kSmall.pixels);
  EXPECT_ERROR(
      Code::bad_file, "a.png: not a usable PNG file",
      read_png(dir.write("a.png", std::string(whole).insert(kHeaderEnd, chunk("PRVT", "own")))));
}

/// A text chunk of two gigabytes, as a hole in a sparse file.
TEST(HostilePng, ATextIsNeverInMemory) {
  if (!testing::kCanLimitMemory) GTEST_SKIP() << "address space is not limited under sanitizers";
  const TempDir dir;
  constexpr std::uint32_t kText = 0x7FFFFFFF;
  const std::string whole = encoded(kSmall);
  std::string begin = whole.substr(0, kHeaderEnd) + std::string(4, '\0') + "tEXt";
  put(begin, kHeaderEnd, kText);
  const auto path = dir.write("a.png", begin);
  std::filesystem::resize_file(path, begin.size() + kText + 4);
  std::ofstream(path, std::ios::binary | std::ios::app) << whole.substr(kHeaderEnd);
  EXPECT_EXIT(
      {
        testing::limit_further_memory(16u << 20);
        std::exit(read_png(path).pixels == kSmall.pixels ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

/// A small picture whose header announces another size.
std::string announced(std::uint32_t width, std::uint32_t height) {
  constexpr std::size_t kType = 12, kHeaderBytes = 17;
  std::string bytes = encoded(kSmall);
  put(bytes, kWidthAt, width);
  put(bytes, kHeightAt, height);
  put(bytes, kType + kHeaderBytes, crc_of(std::string_view(bytes).substr(kType, kHeaderBytes)));
  return bytes;
}

TEST(HostilePng, SizesBeyondTheLimitAreRefused) {
  const TempDir dir;
  for (const std::uint32_t side : {0u, 16385u, 0x7FFFFFFFu, 0xFFFFFFFFu}) {
    EXPECT_ERROR(Code::bad_file, "a.png: not a usable PNG file",
                 read_png(dir.write("a.png", announced(side, 1))));
  }
}

/// 800 MB of pixels in a file of a hundred bytes.
TEST(HostilePng, MemoryIsBoundedByTheFile) {
  if (!testing::kCanLimitMemory) GTEST_SKIP() << "address space is not limited under sanitizers";
  const TempDir dir;
  const auto path = dir.write("a.png", announced(16384, 16384));
  EXPECT_EXIT(
      {
        testing::limit_further_memory(16u << 20);
        const auto refused =
            testing::throws_error(Code::bad_file, "16384 x 16384 pixels cannot be in a file of",
                                  [&] { (void)read_png(path); });
        std::exit(refused ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace latentrt::cli
