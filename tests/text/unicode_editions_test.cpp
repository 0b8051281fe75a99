#include "text/unicode_editions.hpp"

#include <gtest/gtest.h>

namespace latentrt::text {
namespace {

TEST(UnicodeEditions, RangesHoldTheirEndsAndNoMore) {
  EXPECT_TRUE(is_newer_letter(0x1C89));
  EXPECT_TRUE(is_newer_letter(0x1C8A));
  EXPECT_FALSE(is_newer_letter(0x1C8B));
  EXPECT_TRUE(is_newer_letter(0x2EBF0));
  EXPECT_TRUE(is_newer_letter(0x2EE5D));
  EXPECT_FALSE(is_newer_letter(0x2EE5E));
  EXPECT_TRUE(is_newer_numeral(0x10D40));
  EXPECT_FALSE(is_newer_numeral(0x10D4A));
  EXPECT_TRUE(is_newer_mark(0x7FD));
  EXPECT_FALSE(is_newer_mark(0x301));
}

TEST(UnicodeEditions, OldCharactersAreNotIn) {
  for (std::int32_t point = 0; point < 0x7FD; ++point) {
    EXPECT_FALSE(is_newer_letter(point) || is_newer_numeral(point) || is_newer_mark(point))
        << point;
    EXPECT_FALSE(newer_lower_case(point)) << point;
  }
}

TEST(UnicodeEditions, LowerCaseShiftsARange) {
  EXPECT_EQ(newer_lower_case(0x10D50), 0x10D70);
  EXPECT_EQ(newer_lower_case(0x10D65), 0x10D85);
  EXPECT_EQ(newer_lower_case(0x10D66), std::nullopt);
  EXPECT_EQ(newer_lower_case(0xA7DC), 0x19B);
}

}  // namespace
}  // namespace latentrt::text
