#include "text/pre_tokenizer.hpp"

#include <gtest/gtest.h>

namespace latentrt::text {
namespace {

using Words = std::vector<std::string>;

TEST(SplitWords, LettersNumeralsAndTheRest) {
  EXPECT_EQ(split_words("a cat_12.5!?x"), (Words{"a", "cat", "_", "1", "2", ".", "5", "!?", "x"}));
  EXPECT_EQ(split_words("é字ß½Ⅷ٣"), (Words{"é字ß", "½", "Ⅷ", "٣"}));
  EXPECT_EQ(split_words("a\u0301b"), (Words{"a", "\u0301", "b"}));
}

TEST(SplitWords, WhiteSpaceIsDropped) {
  EXPECT_EQ(split_words(""), Words{});
  EXPECT_EQ(split_words("  "), Words{});
  EXPECT_EQ(split_words(" a  b "), (Words{"a", "b"}));
}

TEST(SplitWords, Contractions) {
  EXPECT_EQ(
      split_words("it's don't we're i've i'm we'll i'd"),
      (Words{"it", "'s", "don", "'t", "we", "'re", "i", "'ve", "i", "'m", "we", "'ll", "i", "'d"}));
  EXPECT_EQ(split_words("'sound 'al"), (Words{"'s", "ound", "'", "al"}));
  EXPECT_EQ(split_words("!'s"), (Words{"!'", "s"}));
  EXPECT_EQ(split_words("''s"), (Words{"''", "s"}));
}

TEST(SplitWords, MarkersEndAPiece) {
  EXPECT_EQ(split_words("<|endoftext|>!!"), (Words{"<|", "endoftext", "|>", "!!"}));
  EXPECT_EQ(split_words("<|startoftext|>'s"), (Words{"<|", "startoftext", "|>", "'s"}));
  EXPECT_EQ(split_words("!<|endoftext|>!!"), (Words{"!<|", "endoftext", "|>!!"}));
  EXPECT_EQ(split_words("<|othertext|>!!"), (Words{"<|", "othertext", "|>!!"}));
}

TEST(SplitWords, ZeroIsACharacter) {
  EXPECT_EQ(split_words(std::string_view("a\0b", 3)), (Words{"a", std::string(1, '\0'), "b"}));
}

}  // namespace
}  // namespace latentrt::text
