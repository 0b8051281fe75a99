#include "text/normalizer.hpp"

#include <gtest/gtest.h>

namespace latentrt::text {
namespace {

struct Case {
  const char *text, *normal;
};

TEST(Normalize, LowerCase) {
  const Case kCases[] = {{"ABC xyz", "abc xyz"},
                         {"ÀÉ", "àé"},
                         {"ΣΑΣ", "σασ"},
                         {"İ", "i\u0307"},
                         {"ẞ", "ß"},
                         {"Ⅷ", "ⅷ"},
                         {"Ⓐ", "ⓐ"},
                         {"ﬁ", "ﬁ"},
                         {"\u1C89", "\u1C8A"},
                         {"\uA7CB", "\u0264"}};
  for (const auto& [text, normal] : kCases) EXPECT_EQ(normalize(text), normal) << text;
}

TEST(Normalize, Composition) {
  const Case kCases[] = {
      {"e\u0301", "é"},          {"e\u0302\u0323", "ệ"},       {"q\u0307\u0323", "q\u0323\u0307"},
      {"\u212B\u2126", "åω"},    {"\u1112\u1161\u11AB", "한"}, {"\u0344", "\u0308\u0301"},
      {"\u0958", "\u0915\u093C"}};
  for (const auto& [text, normal] : kCases) EXPECT_EQ(normalize(text), normal) << text;
}

TEST(Normalize, NewerMarksStayWhereTheyAre) {
  EXPECT_EQ(normalize("a\u0345\u07FD\u0334"), "a\u0345\u07FD\u0334");
  EXPECT_EQ(normalize("a\u0345\u0301\u0334"), "\u00E1\u0334\u0345");
}

TEST(Normalize, WhiteSpace) {
  EXPECT_EQ(normalize(""), "");
  EXPECT_EQ(normalize("  a \t\n b\u00A0\u3000\u0085c\u2028"), " a b c ");
  EXPECT_EQ(normalize("a\u200Bb\uFEFFc\u180Ed"), "a\u200Bb\uFEFFc\u180Ed");
}

TEST(Normalize, KeepsZeroBytes) {
  EXPECT_EQ(normalize(std::string_view("A\0B", 3)), std::string_view("a\0b", 3));
}

TEST(Normalize, ManyMarksTakeNoLongTime) {
  std::string text, ordered = "a";
  constexpr int kPairs = 200'000;
  for (int i = 0; i < kPairs; ++i) text += "\u0301\u0334";
  for (int i = 0; i < kPairs; ++i) ordered += "\u0334";
  // The first acute composes across the overlays, which have a lower class.
  std::string expected = "\u00E1" + ordered.substr(1);
  for (int i = 1; i < kPairs; ++i) expected += "\u0301";
  EXPECT_TRUE(normalize("a" + text) == expected);
}

}  // namespace
}  // namespace latentrt::text
