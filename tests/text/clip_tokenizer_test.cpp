#include "text/clip_tokenizer.hpp"

#include <gtest/gtest.h>

#include "support/expect_error.hpp"
#include "tokenizer_files.hpp"

namespace latentrt::text::testing {
namespace {

TEST(ClipTokenizer, BothFormsSayTheSameAboutThemselves) {
  const auto older = ClipTokenizer::load(golden_folder() / "two_files");
  const auto newer = ClipTokenizer::load(golden_folder() / "single_file");
  EXPECT_EQ(older.vocab_size(), 814u);
  EXPECT_EQ(older.length(), 16u);
  EXPECT_EQ(older.end_id(), 813);
  EXPECT_EQ(newer.vocab_size(), older.vocab_size());
  EXPECT_EQ(newer.length(), older.length());
  EXPECT_EQ(newer.begin_id(), older.begin_id());
  EXPECT_EQ(newer.end_id(), older.end_id());
  EXPECT_EQ(newer.pad_id(), older.pad_id());
}

TEST(ClipTokenizer, TheSingleFileWinsOverTheTwo) {
  const TokenizerDir dir;
  std::filesystem::copy_file(golden_folder() / "single_file/tokenizer.json",
                             dir / "tokenizer.json");
  EXPECT_EQ(dir.load().vocab_size(), 814u);
}

TEST(ClipTokenizer, OneWordOfAMegabyte) {
  const TokenizerDir dir(kIds, kMerges);
  const ClipTokenizer tokenizer = dir.load();
  std::string text;
  while (text.size() < 1u << 20) text += "ab";
  const TokenizedPrompt prompt = tokenizer.encode(text);
  EXPECT_EQ(prompt.token_count, text.size() - 1);  // only the end of a word is merged
  EXPECT_TRUE(prompt.truncated);
  EXPECT_EQ(prompt.ids.size(), 77u);
  EXPECT_EQ(prompt.ids.back(), tokenizer.end_id());
}

TEST(ClipTokenizer, BadPromptsAreRefused) {
  const ClipTokenizer tokenizer = TokenizerDir().load();
  EXPECT_ERROR(Code::invalid_argument, "not valid UTF-8 at byte 2", tokenizer.encode("ab\xFF"));
  EXPECT_ERROR(Code::invalid_argument, "not valid UTF-8 at byte 0", tokenizer.tokenize("\xC3"));
  EXPECT_ERROR(Code::invalid_argument, "1048577 bytes",
               tokenizer.encode(std::string((1u << 20) + 1, 'a')));
}

}  // namespace
}  // namespace latentrt::text::testing
