#include "base/utf8.hpp"

#include <gtest/gtest.h>

#include <string>

namespace latentrt {
namespace {

TEST(Utf8, AcceptsEveryLengthUpToItsLimits) {
  EXPECT_FALSE(first_invalid_utf8(""));
  EXPECT_FALSE(first_invalid_utf8("plain"));
  EXPECT_FALSE(first_invalid_utf8("\xC2\x80 \xDF\xBF"));  // U+0080, U+07FF
  EXPECT_FALSE(first_invalid_utf8("\xE0\xA0\x80 \xED\x9F\xBF \xEE\x80\x80 \xEF\xBF\xBF"));
  EXPECT_FALSE(first_invalid_utf8("\xF0\x90\x80\x80 \xF4\x8F\xBF\xBF"));  // U+10000, U+10FFFF
  EXPECT_FALSE(first_invalid_utf8(std::string(1, '\0')));
}

struct BadSequence {
  const char* name;
  const char* bytes;
};

class Utf8Rejects : public ::testing::TestWithParam<BadSequence> {};

TEST_P(Utf8Rejects, AtTheSequenceThatIsWrong) {
  EXPECT_EQ(first_invalid_utf8(GetParam().bytes), 0u);
  EXPECT_EQ(first_invalid_utf8(std::string("\xC3\xA4z") + GetParam().bytes), 3u);
  EXPECT_EQ(first_invalid_utf8(std::string(GetParam().bytes) + "zzzz"), 0u);
}

INSTANTIATE_TEST_SUITE_P(Sequences, Utf8Rejects,
                         ::testing::Values(BadSequence{"Continuation", "\x80"},
                                           BadSequence{"OverlongTwo", "\xC0\xAF"},
                                           BadSequence{"OverlongTwoLast", "\xC1\xBF"},
                                           BadSequence{"OverlongThree", "\xE0\x9F\xBF"},
                                           BadSequence{"OverlongFour", "\xF0\x8F\xBF\xBF"},
                                           BadSequence{"FirstSurrogate", "\xED\xA0\x80"},
                                           BadSequence{"LastSurrogate", "\xED\xBF\xBF"},
                                           BadSequence{"BeyondUnicode", "\xF4\x90\x80\x80"},
                                           BadSequence{"FiveBytes", "\xF8\x88\x80\x80\x80"},
                                           BadSequence{"Ff", "\xFF"}, BadSequence{"CutTwo", "\xC3"},
                                           BadSequence{"CutThree", "\xE2\x82"},
                                           BadSequence{"CutFour", "\xF0\x9F\x98"}),
                         [](const auto& test) { return test.param.name; });

TEST(Utf8, FindsControlCharactersOfBothRanges) {
  EXPECT_FALSE(has_control_characters("plain \xC2\xA0 \xC3\xA4 \xE2\x82\x80"));
  EXPECT_TRUE(has_control_characters(std::string(1, '\0')));
  EXPECT_TRUE(has_control_characters("a\n"));
  EXPECT_TRUE(has_control_characters("\x1B[2J"));
  EXPECT_TRUE(has_control_characters("\x7F"));
  EXPECT_TRUE(has_control_characters("\xC2\x80"));
  EXPECT_TRUE(has_control_characters("\xC2\x9F"));
}

}  // namespace
}  // namespace latentrt
