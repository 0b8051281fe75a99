/// Tokenizers with a token for each word.
#include <gtest/gtest.h>

#include <latentrt/train.hpp>

#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"
#include "text/byte_level_tokenizer.hpp"

namespace latentrt {
namespace {

text::ByteLevelTokenizer made(const testing::TempDir& folder) {
  folder.write("tokenizer.json", word_tokenizer({"numbers", " 3", " 33", " +", " \u00e9t\u00e9"},
                                                {"<end>", "<mask>"}));
  return text::ByteLevelTokenizer::load(folder.path());
}

TEST(WordTokenizer, HasATokenForEachWordAndByte) {
  const testing::TempDir folder;
  const auto tokenizer = made(folder);
  EXPECT_EQ(tokenizer.size(), 256 + 5 + 2);
  EXPECT_EQ(tokenizer.encode("numbers 3 33 + \u00e9t\u00e9<mask>"),
            (std::vector<std::int64_t>{256, 257, 258, 259, 260, 262}));
  EXPECT_EQ(tokenizer.encode("number").size(), 6u);
  EXPECT_EQ(tokenizer.encode(" 333").size(), 4u);
  EXPECT_EQ(tokenizer.find("<end>"), 261);
}

TEST(WordTokenizer, DecodesToTheText) {
  const testing::TempDir folder;
  const auto tokenizer = made(folder);
  for (const char* text : {"numbers 3 33 + 3", "x numbers\n 4", " \u00e9t\u00e9 \u20ac"})
    EXPECT_EQ(tokenizer.decode(tokenizer.encode(text), false), text);
}

TEST(WordTokenizer, RefusesTokensThatOccurTwice) {
  EXPECT_ERROR(Code::invalid_argument, "\" 3\"", word_tokenizer({"a b", " 3", " 3"}, {}));
}

}  // namespace
}  // namespace latentrt
