#include "text/added_tokens.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace latentrt::text {
namespace {

/// "text|text|..." with ids as #id.
std::string split(const AddedTokenSplitter& splitter, std::string_view text) {
  std::string result;
  for (const TextPart& part : splitter.split(text)) {
    if (!result.empty()) result += '|';
    result += part.id ? fmt::format("#{}", *part.id) : std::string(part.text);
  }
  return result;
}

TEST(AddedTokenSplitter, WithoutTokens) {
  EXPECT_EQ(split({}, "a b"), "a b");
  EXPECT_EQ(split({}, ""), "");
}

TEST(AddedTokenSplitter, TokensAndWhatIsBetween) {
  AddedTokenSplitter splitter;
  splitter.add({.content = "<x>"}, 1);
  EXPECT_EQ(split(splitter, "a <x> b"), "a |#1| b");
  EXPECT_EQ(split(splitter, "<x><x>"), "#1|#1");
  EXPECT_EQ(split(splitter, "<<x"), "<<x");
  EXPECT_EQ(split(splitter, "<<x>>"), "<|#1|>");
}

TEST(AddedTokenSplitter, TheLongestThatStartsFirst) {
  AddedTokenSplitter splitter;
  splitter.add({.content = "ab"}, 1);
  splitter.add({.content = "abcd"}, 2);
  splitter.add({.content = "bcde"}, 3);
  EXPECT_EQ(split(splitter, "abcde"), "#2|e");
  EXPECT_EQ(split(splitter, "abcx"), "#1|cx");
  EXPECT_EQ(split(splitter, "bcde"), "#3");
}

TEST(AddedTokenSplitter, StrippingTakesWhiteSpaceOnItsSide) {
  AddedTokenSplitter splitter;
  splitter.add({.content = "<l>", .strip_left = true}, 1);
  splitter.add({.content = "<r>", .strip_right = true}, 2);
  EXPECT_EQ(split(splitter, "a \u3000<l> \tb"), "a|#1| \tb");
  EXPECT_EQ(split(splitter, "a <r> \u00A0 b"), "a |#2|b");
  EXPECT_EQ(split(splitter, " <l> <r> "), "#1| |#2");
  EXPECT_EQ(split(splitter, "é<l>"), "é|#1");
  EXPECT_EQ(split(splitter, "<r>é"), "#2|é");
}

TEST(AddedTokenSplitter, ALaterOneReplacesAnEarlierOne) {
  AddedTokenSplitter splitter;
  splitter.add({.content = "x", .strip_right = true}, 1);
  splitter.add({.content = "x"}, 2);
  EXPECT_EQ(split(splitter, "x a"), "#2| a");
}

}  // namespace
}  // namespace latentrt::text
