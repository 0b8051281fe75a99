/// Tokenizers that the library writes, read by Hugging Face's `tokenizers`.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <latentrt/train.hpp>
#include <nlohmann/json.hpp>

#include "support/temp_dir.hpp"
#include "text/byte_level_tokenizer.hpp"

namespace latentrt {
namespace {

const std::string kGolden = std::string(LATENTRT_SOURCE_DIR) + "/tests/golden/word_tokenizer";

std::string countdown_tokenizer() {
  std::vector<std::string> words;
  for (int i = 0; i < 100; ++i) words.push_back(fmt::format(" {}", i));
  words.insert(words.end(), {" +", " -", " *", " /", " =", " ;", "numbers", " target"});
  return word_tokenizer(words, {"<|endoftext|>", "<|mdm_mask|>"});
}

TEST(WordTokenizerGolden, IsTheFileThatTheGoldenWasMadeWith) {
  EXPECT_EQ(countdown_tokenizer(), testing::content_of(kGolden + "/tokenizer.json"));
}

TEST(WordTokenizerGolden, HasTheSameIdsAndTexts) {
  const auto tokenizer = text::ByteLevelTokenizer::load(kGolden);
  const auto golden = nlohmann::json::parse(std::ifstream(kGolden + "/ids.json"));
  ASSERT_GT(golden["cases"].size(), 10u);
  for (const auto& c : golden["cases"]) {
    EXPECT_EQ(nlohmann::json(tokenizer.encode(c["text"].get<std::string>())), c["ids"]) << c;
    EXPECT_EQ(tokenizer.decode(c["ids"].get<std::vector<std::int64_t>>(), false), c["decoded"])
        << c;
  }
}

}  // namespace
}  // namespace latentrt
