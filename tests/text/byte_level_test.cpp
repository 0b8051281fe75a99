/// Byte-level BPE of language models compared with `tokenizers`: ids of difficult texts with every
/// supported word pattern, and texts of ids.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"
#include "text/byte_level_tokenizer.hpp"
#include "text/byte_text.hpp"
#include "text/word_pattern.hpp"

namespace latentrt::text {
namespace {

using Json = nlohmann::ordered_json;
using Ids = std::vector<std::int64_t>;

const std::filesystem::path kFolder =
    std::filesystem::path(LATENTRT_SOURCE_DIR) / "tests/golden/byte_level";

Json golden(const char* file) { return Json::parse(std::ifstream(kFolder / file)); }

/// The golden's file with changed entries.
ByteLevelTokenizer changed(const Json& changes) {
  Json content = golden("tokenizer.json");
  for (const auto& [key, value] : changes.items()) {
    if (key == "model")
      content[key].update(value);
    else
      content[key] = value;
  }
  const latentrt::testing::TempDir dir;
  dir.write("tokenizer.json", content.dump());
  return ByteLevelTokenizer::load(dir.path());
}

TEST(ByteLevel, IdsAreThoseOfTokenizers) {
  const Json all = golden("ids.json");
  for (const Json& form : all["cases"]) {
    SCOPED_TRACE(form["name"].get<std::string>());
    const ByteLevelTokenizer tokenizer = changed(form["changes"]);
    ASSERT_EQ(form["ids"].size(), all["texts"].size());
    for (std::size_t i = 0; i < all["texts"].size(); ++i)
      EXPECT_EQ(tokenizer.encode(all["texts"][i].get<std::string>()), form["ids"][i].get<Ids>())
          << all["texts"][i];
  }
}

TEST(ByteLevel, TextsAreThoseOfTokenizers) {
  const ByteLevelTokenizer tokenizer = ByteLevelTokenizer::load(kFolder);
  const Json all = golden("ids.json");
  ASSERT_GT(all["decoded"].size(), 50u);
  for (const Json& c : all["decoded"]) {
    const Ids ids = c["ids"].get<Ids>();
    EXPECT_EQ(tokenizer.decode(ids, false), c["text"].get<std::string>()) << c["ids"];
    EXPECT_EQ(tokenizer.decode(ids, true), c["without_special"].get<std::string>()) << c["ids"];
  }
}

TEST(ByteLevel, DecodingATextGivesItBack) {
  const ByteLevelTokenizer tokenizer = ByteLevelTokenizer::load(kFolder);
  for (const char* text : {"a red circle\n\n  x", "日本語", "\u00e9 \U0001f600", "<|endoftext|>!"})
    EXPECT_EQ(tokenizer.decode(tokenizer.encode(text), false), text);
}

TEST(ByteLevel, TokensAreFoundByTheirContent) {
  const ByteLevelTokenizer tokenizer = ByteLevelTokenizer::load(kFolder);
  EXPECT_EQ(tokenizer.find("<|mdm_mask|>"), 459);
  EXPECT_EQ(tokenizer.find("no token"), std::nullopt);
  EXPECT_EQ(tokenizer.size(), 463);
  EXPECT_TRUE(tokenizer.is_special(459));
  EXPECT_FALSE(tokenizer.is_special(460));
  EXPECT_EQ(tokenizer.bytes_of(-1), "");
  EXPECT_EQ(tokenizer.bytes_of(463), "");
}

TEST(ByteLevel, WhatWouldGiveOtherTokensIsRefusedByName) {
  const auto split = [](const char* regex, const char* behavior) {
    return Json{{"type", "Sequence"},
                {"pretokenizers",
                 {{{"type", "Split"}, {"pattern", {{"Regex", regex}}}, {"behavior", behavior}},
                  {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}}}}};
  };
  EXPECT_ERROR(Code::unsupported, "the pattern of words \"\\\\w+\"",
               changed({{"pre_tokenizer", split("\\w+", "Isolated")}}));
  EXPECT_ERROR(Code::unsupported, "not the matches of its pattern",
               changed({{"pre_tokenizer", split("\\w+", "Removed")}}));
  EXPECT_ERROR(Code::unsupported, "the pre-tokenizer \"Metaspace\"",
               changed({{"pre_tokenizer", {{"type", "Metaspace"}}}}));
  EXPECT_ERROR(Code::unsupported, "\"add_prefix_space\"",
               changed({{"pre_tokenizer", {{"type", "ByteLevel"}}}}));
  EXPECT_ERROR(
      Code::unsupported, "without \"ByteLevel\"",
      changed({{"pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", Json::array()}}}}));
  EXPECT_ERROR(Code::unsupported, "the normalizer \"NFKC\"",
               changed({{"normalizer", {{"type", "NFKC"}}}}));
  EXPECT_ERROR(Code::unsupported, "\"byte_fallback\"",
               changed({{"model", {{"byte_fallback", true}}}}));
  EXPECT_ERROR(Code::unsupported, "\"end_of_word_suffix\"",
               changed({{"model", {{"end_of_word_suffix", "</w>"}}}}));
  EXPECT_ERROR(Code::unsupported, "BPE", changed({{"model", {{"type", "Unigram"}}}}));
  EXPECT_ERROR(Code::bad_file, "is not in the vocabulary",
               changed({{"model", {{"vocab", {{"a", 0}}}, {"merges", Json::array()}}}}));
  const latentrt::testing::TempDir dir;
  EXPECT_ERROR(Code::not_found, "contains no tokenizer.json", ByteLevelTokenizer::load(dir.path()));
  EXPECT_ERROR(Code::invalid_argument, "UTF-8", ByteLevelTokenizer::load(kFolder).encode("\xff"));
}

TEST(WordPattern, PiecesAreAllOfTheText) {
  for (const char* text : {"", " ", "a  b\n\n c'd 123", "\r\n\r\n", "x\u2028y", "  \u00a0"}) {
    std::string all;
    for (const std::string_view word : split(text, gpt2_pattern())) all += word;
    EXPECT_EQ(all, text);
  }
}

TEST(ByteText, IncompleteCharactersWait) {
  EXPECT_EQ(complete_utf8("a"), 1u);
  EXPECT_EQ(complete_utf8("a\xE2"), 1u);
  EXPECT_EQ(complete_utf8("a\xE2\x82"), 1u);
  EXPECT_EQ(complete_utf8("a\xE2\x82\xAC"), 4u);
  EXPECT_EQ(complete_utf8("\xF0\x9F\x98"), 0u);
  EXPECT_EQ(complete_utf8("a\xFF"), 2u);
  EXPECT_EQ(complete_utf8("a\xE2\x41"), 3u);
  EXPECT_EQ(complete_utf8(""), 0u);
}

}  // namespace
}  // namespace latentrt::text
