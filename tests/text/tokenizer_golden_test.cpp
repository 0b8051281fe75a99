/// Token ids compared with the reference tokenizer: both forms of files, and all places in which
/// special tokens may be described.

#include <gtest/gtest.h>

#include "text/clip_tokenizer.hpp"
#include "tokenizer_files.hpp"

namespace latentrt::text::testing {
namespace {

using Ids = std::vector<std::int64_t>;

void expect_ids(const ClipTokenizer& tokenizer, const Json& texts, const Json& ids) {
  ASSERT_EQ(texts.size(), ids.size());
  ASSERT_GT(texts.size(), 5u);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(tokenizer.tokenize(texts[i].get<std::string>()), ids[i].get<Ids>()) << texts[i];
  }
}

void write_all(const latentrt::testing::TempDir& dir, const Json& files) {
  for (const auto& [name, content] : files.items()) {
    dir.write(name, content.is_string() ? content.get<std::string>() : content.dump());
  }
}

TEST(GoldenTokens, OlderFiles) {
  const Json golden = golden_json("ids.json");
  expect_ids(ClipTokenizer::load(golden_folder() / "two_files"), golden["texts"], golden["ids"]);
}

TEST(GoldenTokens, NewerFile) {
  const Json golden = golden_json("ids.json");
  expect_ids(ClipTokenizer::load(golden_folder() / "single_file"), golden["texts"], golden["ids"]);
}

TEST(GoldenTokens, NewerFileWithMergesAsTexts) {
  Json content = golden_json("single_file/tokenizer.json");
  for (Json& merge : content["model"]["merges"]) {
    merge = merge[0].get<std::string>() + " " + merge[1].get<std::string>();
  }
  const SingleFileDir dir(content.dump());
  const Json golden = golden_json("ids.json");
  expect_ids(dir.load(), golden["texts"], golden["ids"]);
}

TEST(GoldenTokens, SpecialTokensWhereverTheyAreDescribed) {
  const Json numbers = golden_json("ids.json");
  for (const Json& golden : numbers["cases"]) {
    SCOPED_TRACE(golden["name"].get<std::string>());
    const latentrt::testing::TempDir dir;
    for (const char* name : {"vocab.json", "merges.txt"}) {
      std::filesystem::copy_file(golden_folder() / "two_files" / name, dir / name);
    }
    write_all(dir, golden["settings"]);
    const ClipTokenizer tokenizer = ClipTokenizer::load(dir.path());
    EXPECT_EQ(tokenizer.begin_id(), golden["begin"]);
    EXPECT_EQ(tokenizer.end_id(), golden["end"]);
    EXPECT_EQ(tokenizer.pad_id(), golden["pad"]);
    EXPECT_EQ(tokenizer.length(), golden["length"]);
    EXPECT_EQ(tokenizer.vocab_size(), golden["vocab_size"]);
    expect_ids(tokenizer, golden["texts"], golden["ids"]);
    for (std::size_t i = 0; i < golden["texts"].size(); ++i) {
      EXPECT_EQ(tokenizer.encode(golden["texts"][i].get<std::string>()).ids,
                golden["padded"][i].get<Ids>());
    }
  }
}

TEST(GoldenTokens, LongPromptsAreCutBeforeTheEnd) {
  const ClipTokenizer tokenizer = ClipTokenizer::load(golden_folder() / "two_files");
  int truncated = 0;
  const Json numbers = golden_json("ids.json");
  for (const Json& golden : numbers["cut"]) {
    const std::string text = golden["text"];
    const TokenizedPrompt prompt = tokenizer.encode(text);
    EXPECT_EQ(prompt.ids, golden["ids"].get<Ids>()) << text;
    EXPECT_EQ(prompt.token_count, tokenizer.tokenize(text).size());
    EXPECT_EQ(prompt.truncated, prompt.token_count > tokenizer.length() - 2);
    truncated += prompt.truncated;
  }
  EXPECT_EQ(truncated, 3);
}

}  // namespace
}  // namespace latentrt::text::testing
