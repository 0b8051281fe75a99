#include "text/weighted_prompt.hpp"

#include <gtest/gtest.h>

#include <latentrt/error.hpp>

#include "support/expect_error.hpp"
#include "tokenizer_files.hpp"

namespace latentrt::text::testing {
namespace {

using Spans = std::vector<std::pair<std::string, double>>;

void expect_spans(std::string_view prompt, const Spans& expected) {
  SCOPED_TRACE(prompt);
  const std::vector<WeightedSpan> spans = parse_weighted_prompt(prompt);
  ASSERT_EQ(spans.size(), expected.size());
  for (std::size_t i = 0; i < spans.size(); ++i) {
    EXPECT_EQ(spans[i].text, expected[i].first);
    EXPECT_FLOAT_EQ(spans[i].weight, static_cast<float>(expected[i].second));
  }
}

TEST(WeightedPrompt, PlainText) {
  expect_spans("", {});
  expect_spans("a red cat", {{"a red cat", 1}});
  expect_spans("time 12:30, ratio 1.5", {{"time 12:30, ratio 1.5", 1}});
}

TEST(WeightedPrompt, BareBrackets) {
  expect_spans("a (b) c", {{"a ", 1}, {"b", 1.1}, {" c", 1}});
  expect_spans("a [b] c", {{"a ", 1}, {"b", 1 / 1.1}, {" c", 1}});
  expect_spans("()[]", {});
  expect_spans("a()b", {{"ab", 1}});
}

TEST(WeightedPrompt, ExplicitWeights) {
  expect_spans("(b:1.3) c", {{"b", 1.3}, {" c", 1}});
  expect_spans("(b: 0.5 )", {{"b", 0.5}});
  expect_spans("(b:+2)(c:-1)(d:.5)(e:3.)(f:0)",
               {{"b", 2}, {"c", -1}, {"d", 0.5}, {"e", 3}, {"f", 0}});
  expect_spans("(a:b:1.5)", {{"a:b", 1.5}});
}

TEST(WeightedPrompt, WhatIsNoWeightIsText) {
  expect_spans("b:1.3)", {{"b:1.3)", 1}});
  expect_spans("(b:x)", {{"b:x", 1.1}});
  expect_spans("(b:)", {{"b:", 1.1}});
  expect_spans("(b:1.2.3)", {{"b:1.2.3", 1.1}});
  expect_spans("(b:1e2)", {{"b:1e2", 1.1}});
  expect_spans("(b:1.5", {{"b:1.5", 1.1}});
  expect_spans("[b:1.5]", {{"b:1.5", 1 / 1.1}});
}

TEST(WeightedPrompt, NestingMultiplies) {
  expect_spans("((a))", {{"a", 1.21}});
  expect_spans("(a (b:2) c:3)", {{"a ", 3}, {"b", 6}, {" c", 3}});
  expect_spans("([a])", {{"a", 1}});
  expect_spans("(a [b] c)", {{"a ", 1.1}, {"b", 1}, {" c", 1.1}});
}

TEST(WeightedPrompt, RoundAndSquareMayOverlap) {
  expect_spans("(a [b) c]", {{"a ", 1.1}, {"b", 1}, {" c", 1 / 1.1}});
}

TEST(WeightedPrompt, Escapes) {
  expect_spans(R"(\(a\) \[b\] \\)", {{R"((a) [b] \)", 1}});
  expect_spans(R"((a\)))", {{"a)", 1.1}});
  expect_spans(R"(a\b\)", {{"ab", 1}});
}

TEST(WeightedPrompt, Unbalanced) {
  expect_spans("(((", {});
  expect_spans("((a", {{"a", 1.21}});
  expect_spans("[[a", {{"a", 1 / 1.21}});
  expect_spans("a) b] c", {{"a) b] c", 1}});
  expect_spans("(a)) b", {{"a", 1.1}, {") b", 1}});
}

TEST(WeightedPrompt, NeighboursOfOneWeightAreOne) {
  expect_spans("(a)(b) [[c]]d", {{"ab", 1.1}, {" ", 1}, {"c", 1 / 1.21}, {"d", 1}});
  expect_spans("a(b:1)c", {{"abc", 1}});
}

TEST(WeightedPrompt, WeightsAreFinite) {
  EXPECT_ERROR(Code::invalid_argument, R"(the weight of "a" in the prompt is not finite)",
               parse_weighted_prompt("(a:" + std::string(400, '9') + ")"));
  EXPECT_ERROR(Code::invalid_argument, "not finite",
               parse_weighted_prompt(std::string(10'000, '(') + "a"));
}

TEST(WeightedPrompt, BadTextIsRefusedWithItsOffset) {
  EXPECT_ERROR(Code::invalid_argument, "not valid UTF-8 at byte 4",
               parse_weighted_prompt("(a) \xFF"));
}

/// Spans, or empty if the weights overflow: both are allowed, and neither may take long.
std::vector<WeightedSpan> spans_or_refusal(const std::string& prompt) {
  try {
    return parse_weighted_prompt(prompt);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::invalid_argument);
    EXPECT_NE(std::string(error.what()).find("not finite"), std::string::npos) << error.what();
    return {};
  }
}

TEST(WeightedPrompt, HostilePromptsEnd) {
  std::string nested, colons = "(", closed;
  for (int i = 0; i < 300'000; ++i) nested += "[(a";
  for (int i = 0; i < 500'000; ++i) colons += ":1";
  for (int i = 0; i < 90'000; ++i) closed += "(a:0.5)[b:";
  EXPECT_LE(spans_or_refusal(nested).size(), 300'000u);
  EXPECT_EQ(spans_or_refusal(colons).size(), 1u);
  EXPECT_LE(spans_or_refusal(closed + std::string(90'000, ']')).size(), 300'000u);
}

class TokenizeWeighted : public ::testing::Test {
 protected:
  ClipTokenizer tokenizer_ = ClipTokenizer::load(golden_folder() / "two_files");
};

TEST_F(TokenizeWeighted, PlainPromptsHaveTheUsualIds) {
  const Json numbers = golden_json("ids.json");
  for (const Json& text : numbers["texts"]) {
    const std::string prompt = text;
    if (prompt.find_first_of("()[]\\") != std::string::npos) continue;
    const TokenizedPrompt expected = tokenizer_.encode(prompt);
    const WeightedTokens tokens = tokenize_weighted(tokenizer_, prompt);
    EXPECT_EQ(tokens.prompt.ids, expected.ids) << prompt;
    EXPECT_EQ(tokens.prompt.truncated, expected.truncated);
    EXPECT_EQ(tokens.prompt.token_count, expected.token_count);
    EXPECT_EQ(tokens.weights, std::vector<float>(tokenizer_.length(), 1.0F));
  }
}

TEST_F(TokenizeWeighted, OneWeightPerToken) {
  const WeightedTokens tokens = tokenize_weighted(tokenizer_, "a (b b:2) [c]");
  const std::vector<std::int64_t> ids = tokenizer_.encode("a b b c").ids;
  EXPECT_EQ(tokens.prompt.ids, ids);
  std::vector<float> weights(tokenizer_.length(), 1.0F);
  weights[2] = weights[3] = 2.0F;
  weights[4] = static_cast<float>(1 / 1.1);
  EXPECT_EQ(tokens.weights, weights);
}

TEST_F(TokenizeWeighted, TruncationKeepsTheEnd) {
  std::string prompt;
  for (int i = 0; i < 20; ++i) prompt += "(a:2) [b]";
  const WeightedTokens tokens = tokenize_weighted(tokenizer_, prompt);
  EXPECT_TRUE(tokens.prompt.truncated);
  EXPECT_EQ(tokens.prompt.token_count, 40u);
  ASSERT_EQ(tokens.prompt.ids.size(), tokenizer_.length());
  ASSERT_EQ(tokens.weights.size(), tokenizer_.length());
  EXPECT_EQ(tokens.prompt.ids.back(), tokenizer_.end_id());
  EXPECT_EQ(tokens.weights.back(), 1.0F);
  EXPECT_EQ(tokens.weights[1], 2.0F);
}

}  // namespace
}  // namespace latentrt::text::testing
