#include "text/prompt_brackets.hpp"

#include <gtest/gtest.h>

namespace latentrt::text {
namespace {

TEST(ParseBrackets, PairsAreInTheOrderOfTheirOpening) {
  const BracketedPrompt parsed = parse_brackets("a(b(c)d[e");
  EXPECT_EQ(parsed.spans, (std::vector<std::string>{"a", "b", "c", "d", "e"}));
  ASSERT_EQ(parsed.round.size(), 2u);
  EXPECT_EQ(parsed.round[0].first, 1u);
  EXPECT_EQ(parsed.round[0].end, 5u);
  EXPECT_EQ(parsed.round[1].first, 2u);
  EXPECT_EQ(parsed.round[1].end, 3u);
  ASSERT_EQ(parsed.square.size(), 1u);
  EXPECT_EQ(parsed.square[0].first, 4u);
  EXPECT_EQ(parsed.square[0].end, 5u);
}

TEST(ParseBrackets, FactorsAreExplicitOrOfTheKind) {
  const BracketedPrompt parsed = parse_brackets("(a:0.3)(b)[c]");
  ASSERT_EQ(parsed.round.size(), 2u);
  EXPECT_DOUBLE_EQ(parsed.round[0].factor, 0.3);
  EXPECT_DOUBLE_EQ(parsed.round[1].factor, 1.1);
  ASSERT_EQ(parsed.square.size(), 1u);
  EXPECT_DOUBLE_EQ(parsed.square[0].factor, 1 / 1.1);
}

}  // namespace
}  // namespace latentrt::text
