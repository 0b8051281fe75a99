#include "text/tokenizer_settings.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/expect_error.hpp"
#include "tokenizer_files.hpp"

namespace latentrt::text::testing {
namespace {

constexpr const char* kConfig = "tokenizer_config.json";
constexpr const char* kMap = "special_tokens_map.json";

TEST(TokenizerSettings, ClipsDefaults) {
  const latentrt::testing::TempDir dir;
  const TokenizerSettings settings = read_tokenizer_settings(dir.path(), {});
  EXPECT_EQ(settings.begin, "<|startoftext|>");
  EXPECT_EQ(settings.end, "<|endoftext|>");
  EXPECT_EQ(settings.unknown, "<|endoftext|>");
  EXPECT_EQ(settings.pad, "<|endoftext|>");
  EXPECT_EQ(settings.length, 77u);
  ASSERT_EQ(settings.added.size(), 2u);
  EXPECT_FALSE(settings.added[0].normalized);
}

TEST(TokenizerSettings, NullsLeaveTheDefaults) {
  const latentrt::testing::TempDir dir;
  dir.write(kConfig, R"({"pad_token": null, "model_max_length": null})");
  const TokenizerSettings settings = read_tokenizer_settings(dir.path(), {});
  EXPECT_EQ(settings.pad, "<|endoftext|>");
  EXPECT_EQ(settings.length, 77u);
}

TEST(TokenizerSettings, Length) {
  const std::pair<const char*, std::size_t> kCases[] = {{"32", 32},
                                                        {"2", 2},
                                                        {"65536", 65536},
                                                        {"65537", 77},
                                                        {"1000000000000000019884624838656", 77}};
  for (const auto& [written, length] : kCases) {
    const latentrt::testing::TempDir dir;
    dir.write(kConfig, fmt::format(R"({{"model_max_length": {}}})", written));
    EXPECT_EQ(read_tokenizer_settings(dir.path(), {}).length, length) << written;
  }
}

TEST(TokenizerSettings, TheLastNameOfATokenDecidesHowItIsFound) {
  const latentrt::testing::TempDir dir;
  dir.write(kMap, R"({"eos_token": {"content": "<e>", "normalized": true}, "unk_token": "<e>",
                      "pad_token": {"content": "<e>", "normalized": true, "rstrip": true}})");
  const TokenizerSettings settings = read_tokenizer_settings(dir.path(), {});
  ASSERT_EQ(settings.added.size(), 2u);
  EXPECT_EQ(settings.added[1].content, "<e>");
  EXPECT_TRUE(settings.added[1].normalized);
  EXPECT_TRUE(settings.added[1].strip_right);
  EXPECT_FALSE(settings.added[1].strip_left);
}

TEST(TokenizerSettings, AListedTokenIsFoundAsTheListSays) {
  const latentrt::testing::TempDir dir;
  dir.write(kMap, R"({"pad_token": "<p>"})");
  const std::vector<ListedToken> listed{{7, {.content = "<p>", .strip_left = true}}};
  const TokenizerSettings settings = read_tokenizer_settings(dir.path(), listed);
  EXPECT_EQ(settings.pad, "<p>");
  ASSERT_EQ(settings.added.size(), 3u);
  EXPECT_TRUE(settings.added[0].strip_left);
}

TEST(TokenizerSettings, BrokenFiles) {
  struct Broken {
    const char *name, *content, *sentence;
  };
  const Broken kBroken[] = {
      {kConfig, "[]", "tokenizer_config.json is not a JSON object"},
      {kConfig, "{", "tokenizer_config.json is not valid JSON"},
      {kConfig, R"({"bos_token": 3})", "tokenizer_config.json: an added token is not a text"},
      {kConfig, R"({"bos_token": ""})", "tokenizer_config.json: an added token is not a text"},
      {kConfig, R"({"bos_token": {"text": "x"}})", "tokenizer_config.json: content is missing"},
      {kConfig, R"({"model_max_length": 1})", "model_max_length is not a number of 2 or more"},
      {kConfig, R"({"model_max_length": -77})", "model_max_length is not a number of 2 or more"},
      {kConfig, R"({"model_max_length": "77"})", "model_max_length is not a number of 2 or more"},
      {kConfig, R"({"added_tokens_decoder": []})", "added_tokens_decoder is not an object"},
      {kConfig, R"({"added_tokens_decoder": {"x": "y"}})",
       R"("x" in added_tokens_decoder is not an id)"},
      {kConfig, R"({"added_tokens_decoder": {"-1": "y"}})",
       R"("-1" in added_tokens_decoder is not an id)"},
      {kConfig, R"({"added_tokens_decoder": {"9999999999": "y"}})",
       "is not an id from 0 to 999999"},
      {kConfig, R"({"added_tokens_decoder": {"5": {"content": "y", "lstrip": 1}}})",
       "lstrip of an added token"},
      {kConfig, R"({"additional_special_tokens": [7]})", "an added token is not a text"},
      {kConfig, R"({"pad_token": "<pad>"})", R"(token "<pad>" is not in the vocabulary)"},
      {kMap, R"({"eos_token": "</s>"})", R"(token "</s>" is not in the vocabulary)"},
      {kMap, "nonsense", "special_tokens_map.json is not valid JSON"},
      {"added_tokens.json", R"({"x": "7"})",
       R"(added_tokens.json: the id of token "x" is not a whole number)"},
      {"added_tokens.json", R"({"x": 8})", R"(token "x" has the id 8, but there are 8 tokens)"},
      {"added_tokens.json", R"({"x": 0})", "id 0 belongs to two tokens"},
  };
  for (const Broken& broken : kBroken) {
    SCOPED_TRACE(broken.content);
    const TokenizerDir dir;
    dir.write(broken.name, broken.content);
    EXPECT_ERROR(Code::bad_file, broken.sentence, dir.load());
  }
}

TEST(TokenizerSettings, AddedTokensHaveABoundedLength) {
  const TokenizerDir dir;
  dir.write(kConfig, R"({"pad_token": ")" + std::string(257, 'x') + R"("})");
  EXPECT_ERROR(Code::bad_file, "not a text of 1 to 256 bytes", dir.load());
}

TEST(TokenizerSettings, SingleWordIsUnsupported) {
  const TokenizerDir dir;
  dir.write(kMap, R"({"pad_token": {"content": "a", "single_word": true}})");
  EXPECT_ERROR(Code::unsupported, R"(added token "a" has single_word)", dir.load());
}

TEST(TokenizerSettings, SpecialTokensMustBeInTheVocabulary) {
  const TokenizerDir dir(R"({"a": 0, "a</w>": 1, "<|startoftext|>": 2})", "");
  EXPECT_ERROR(Code::bad_file, R"(token "<|endoftext|>" is not in the vocabulary)", dir.load());
}

}  // namespace
}  // namespace latentrt::text::testing
