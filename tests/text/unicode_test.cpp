#include "text/unicode.hpp"

#include <gtest/gtest.h>

namespace latentrt::text {
namespace {

TEST(Unicode, CodePointsAndBack) {
  const std::string text("a\0é字😀", 11);
  const std::vector<std::int32_t> points = code_points(text);
  EXPECT_EQ(points, (std::vector<std::int32_t>{'a', 0, 0xE9, 0x5B57, 0x1F600}));
  std::string back;
  for (const std::int32_t point : points) append_utf8(back, point);
  EXPECT_EQ(back, text);
}

TEST(Unicode, Letters) {
  for (const std::int32_t point : std::initializer_list<std::int32_t>{
           'a', 'Z', 0xAA, 0xDF, 0x1C5, 0x2B0, 0x5D0, 0x4E00, 0x1E5D0}) {
    EXPECT_TRUE(is_letter(point)) << point;
  }
  for (const std::int32_t point : std::initializer_list<std::int32_t>{
           '1', '_', 0x301, 0x2160, 0x24D0, 0x1F600, 0x378, 0xE000}) {
    EXPECT_FALSE(is_letter(point)) << point;
  }
}

TEST(Unicode, Numerals) {
  for (const std::int32_t point : std::initializer_list<std::int32_t>{
           '0', 0xB2, 0xBD, 0x663, 0x2160, 0x2460, 0x3007, 0xFF11, 0x1E5F1}) {
    EXPECT_TRUE(is_numeral(point)) << point;
  }
  for (const std::int32_t point : std::initializer_list<std::int32_t>{'a', 0x4E00, '-', 0x20E3})
    EXPECT_FALSE(is_numeral(point)) << point;
}

TEST(Unicode, WhiteSpace) {
  for (const std::int32_t point : std::initializer_list<std::int32_t>{
           '\t', '\n', '\v', '\f', '\r', ' ', 0x85, 0xA0, 0x1680, 0x2000, 0x200A, 0x2028, 0x2029,
           0x202F, 0x205F, 0x3000}) {
    EXPECT_TRUE(is_white_space(point)) << point;
  }
  for (const std::int32_t point : std::initializer_list<std::int32_t>{
           0, 0x8, 0xE, 0x1C, 0x1F, 0x180E, 0x200B, 0x2060, 0xFEFF}) {
    EXPECT_FALSE(is_white_space(point)) << point;
  }
}

}  // namespace
}  // namespace latentrt::text
