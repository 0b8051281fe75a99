/// The truncated part of long prompts, in the user's words, and their chunks.
#include "text/long_prompt.hpp"

#include <gtest/gtest.h>

#include "text/clip_tokenizer.hpp"

namespace latentrt::text {
namespace {

/// The shipped model's length: 30 tokens, and begin and end.
const ClipTokenizer& tokenizer() {
  static const auto loaded =
      ClipTokenizer::load(std::filesystem::path(LATENTRT_SOURCE_DIR) / "models/shapes/tokenizer");
  return loaded;
}

/// This many tokens, one word each.
std::string words(std::size_t count, const std::string& word = "red") {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : " ") + word;
  return text;
}

TEST(CutPart, IsEmptyWhereAllFits) {
  ASSERT_EQ(tokenizer().tokenize("red").size(), 1u);
  EXPECT_EQ(cut_part(tokenizer(), "", false), "");
  EXPECT_EQ(cut_part(tokenizer(), words(30), false), "");
  EXPECT_EQ(cut_part(tokenizer(), words(30) + "  \n ", true), "");
}

TEST(CutPart, IsWhatTheUserWrote) {
  EXPECT_EQ(cut_part(tokenizer(), words(30) + "  A  RED  Circle ", false), "A  RED  Circle");
  EXPECT_EQ(cut_part(tokenizer(), words(28) + " Red, red BLUE", false), "red BLUE");
  EXPECT_EQ(cut_part(tokenizer(), words(30) + ", Caf\u00E9 e\u0301t\u00E9", false),
            ", Caf\u00E9 e\u0301t\u00E9");
}

TEST(CutPart, IsWithoutTheBracketsOfWeights) {
  EXPECT_EQ(cut_part(tokenizer(), "(" + words(29) + ":1.2) red (blue red:1.1) [small]", true),
            "blue red small");
  EXPECT_EQ(cut_part(tokenizer(), words(30) + " (a\\(b\\):1.5)", true), "a(b)");
}

/// A long word of many tokens is truncated between characters, never inside one.
TEST(CutPart, BeginsWithACharacter) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "\u4E2D";
  const std::string cut = cut_part(tokenizer(), text, false);
  ASSERT_FALSE(cut.empty());
  EXPECT_EQ(cut.size() % 3, 0u);
  EXPECT_TRUE(text.ends_with(cut));
  const std::size_t kept = tokenizer().prefix_of(text, 30);
  EXPECT_EQ(kept + cut.size(), text.size());
}

/// If a prompt is truncated between words, the words before that place have the tokens that were
/// kept.
TEST(CutPart, LeavesThePrefix) {
  const std::string text = "a small red circle above a LARGE blue square, on a white background";
  const std::size_t all = tokenizer().tokenize(text).size();
  std::size_t last = 0;
  for (std::size_t count = 0; count <= all; ++count) {
    const std::size_t prefix = tokenizer().prefix_of(text, count);
    EXPECT_GE(prefix, last);
    if (prefix == text.size() || text[prefix] == ' ') {
      EXPECT_EQ(tokenizer().tokenize(text.substr(0, prefix)).size(), count) << prefix;
    }
    last = prefix;
  }
  EXPECT_EQ(tokenizer().prefix_of(text, 0), 0u);
  EXPECT_EQ(last, text.size());
}

TEST(CutPart, OfALearnedWordIsTheWholeWord) {
  const ClipTokenizer taught = tokenizer().with_token("<toy>", {601, 602, 603});
  EXPECT_EQ(cut_part(taught, words(28) + " <Toy> red", false), "<Toy> red");
  EXPECT_EQ(cut_part(taught, words(27) + " <Toy> red", false), "red");
}

std::vector<std::int64_t> content(const WeightedTokens& chunk) {
  return {chunk.prompt.ids.begin() + 1,
          chunk.prompt.ids.begin() + 1 + static_cast<std::ptrdiff_t>(chunk.prompt.token_count)};
}

TEST(Chunks, OfAShortPromptAreTheOneThatIsAlwaysRead) {
  for (const std::string& text : {std::string(), words(3), words(30)}) {
    const auto chunks = tokenize_in_chunks(tokenizer(), text, false);
    ASSERT_EQ(chunks.size(), 1u);
    EXPECT_EQ(chunks[0].prompt.ids, tokenizer().encode(text).ids);
  }
  const std::string weighted = "a (red:1.3) circle";
  const auto chunks = tokenize_in_chunks(tokenizer(), weighted, true);
  EXPECT_EQ(chunks.at(0).prompt.ids, tokenize_weighted(tokenizer(), weighted).prompt.ids);
  EXPECT_EQ(chunks.at(0).weights, tokenize_weighted(tokenizer(), weighted).weights);
}

TEST(Chunks, HoldAllTokensInOrder) {
  const std::string text = words(30) + " blue " + words(40, "small");
  const auto chunks = tokenize_in_chunks(tokenizer(), text, false);
  ASSERT_EQ(chunks.size(), 3u);
  std::vector<std::int64_t> all;
  for (const WeightedTokens& chunk : chunks) {
    EXPECT_EQ(chunk.prompt.ids.size(), tokenizer().length());
    EXPECT_EQ(chunk.weights.size(), tokenizer().length());
    EXPECT_EQ(chunk.prompt.ids.front(), tokenizer().begin_id());
    EXPECT_EQ(chunk.prompt.ids[chunk.prompt.token_count + 1], tokenizer().end_id());
    const auto part = content(chunk);
    all.insert(all.end(), part.begin(), part.end());
  }
  EXPECT_EQ(all, tokenizer().tokenize(text));
}

TEST(Chunks, CarryWeightsAcross) {
  const auto chunks =
      tokenize_in_chunks(tokenizer(), words(29) + " (red blue small:1.5) red", true);
  ASSERT_EQ(chunks.size(), 2u);
  EXPECT_EQ(chunks[0].weights[30], 1.5F);
  EXPECT_EQ(chunks[1].weights[0], 1.0F);
  EXPECT_EQ(chunks[1].weights[1], 1.5F);
  EXPECT_EQ(chunks[1].weights[2], 1.5F);
  EXPECT_EQ(chunks[1].weights[3], 1.0F);
}

TEST(Chunks, EndAtTheWordBreak) {
  const auto chunks = tokenize_in_chunks(tokenizer(), "red BREAK (blue BREAK small:1.2)", true);
  ASSERT_EQ(chunks.size(), 3u);
  EXPECT_EQ(content(chunks[0]), tokenizer().tokenize("red"));
  EXPECT_EQ(content(chunks[1]), tokenizer().tokenize("blue"));
  EXPECT_EQ(content(chunks[2]), tokenizer().tokenize("small"));
  EXPECT_EQ(chunks[2].weights[1], 1.2F);
  EXPECT_EQ(tokenize_in_chunks(tokenizer(), "break BREAKS xBREAK", false).size(), 1u);
  EXPECT_EQ(tokenize_in_chunks(tokenizer(), "BREAK", false).size(), 1u);
}

}  // namespace
}  // namespace latentrt::text
