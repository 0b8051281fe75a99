/// PEFT's settings: which modules a pattern matches, and hostile patterns.
#include "io/lora/adapter_settings.hpp"

#include <gtest/gtest.h>

#include "support/expect_error.hpp"

namespace latentrt::io {
namespace {

bool matches(std::string_view pattern, std::string_view module) {
  return NamePattern(pattern, "here").matches(module);
}

/// The result of Python's re.match(rf"(.*\.)?({pattern})$", module).
TEST(NamePattern, MatchesTheNameOrItsEndAfterADot) {
  EXPECT_TRUE(matches("to_q", "a.to_q"));
  EXPECT_TRUE(matches("a.to_q", "a.to_q"));
  EXPECT_TRUE(matches("to_q", "to_q"));
  EXPECT_FALSE(matches("q", "a.to_q"));
  EXPECT_FALSE(matches("to_q", "a.to_q.b"));
  EXPECT_FALSE(matches("b.a.to_q", "a.to_q"));
  EXPECT_TRUE(matches("^a.to_q", "a.to_q"));
  EXPECT_FALSE(matches("^to_q", "a.to_q"));
  EXPECT_TRUE(matches("to.0", "a.to_0"));
}

TEST(NamePattern, IsARegularExpression) {
  EXPECT_TRUE(matches("to_[qk]", "a.to_k"));
  EXPECT_FALSE(matches("to_[qk]", "a.to_v"));
  EXPECT_TRUE(matches(R"(down_blocks\.\d+\..*to_q)", "down_blocks.12.attn1.to_q"));
  EXPECT_TRUE(matches("to_q|to_k", "a.to_k"));
  EXPECT_FALSE(matches("^(a|b).to_q", "x.a.to_q"));
  EXPECT_TRUE(matches(".*attn2.*", "up.attn2.to_q"));
}

/// A matcher with backtracking would take exponential time.
TEST(NamePattern, IsMatchedWithoutBacktracking) {
  EXPECT_FALSE(matches("(a*)*(a*)*(a*)*b", std::string(200, 'a')));
  EXPECT_FALSE(matches("(a|aa)+$c", std::string(200, 'a')));
}

TEST(NamePattern, ThatIsNoneIsRefused) {
  EXPECT_ERROR(Code::invalid_argument, "here: the pattern \"(\"", NamePattern("(", "here"));
  EXPECT_ERROR(Code::invalid_argument, "regular expression", NamePattern("[z-a]", "here"));
  EXPECT_ERROR(Code::invalid_argument, "braces", NamePattern("a{1000}", "here"));
  EXPECT_ERROR(Code::invalid_argument, "longer", NamePattern(std::string(300, '('), "here"));
}

TEST(AdapterSettings, TheFirstPatternHolds) {
  const AdapterSettings settings(
      R"({"r": 8, "lora_alpha": 4, "rank_pattern": {"b.*": 2, "b.to_q": 3}, "alpha_pattern": {"to_k": 16}})",
      "here");
  EXPECT_EQ(settings.of("", "a.to_q").rank, 8);
  EXPECT_EQ(settings.of("", "b.to_q").rank, 2);
  EXPECT_EQ(settings.of("unet", "b.to_q").alpha, 4);
  EXPECT_EQ(settings.of("unet", "b.to_k").alpha, 16);
}

TEST(AdapterSettings, OfOneComponentAreNotAnothers) {
  const AdapterSettings settings(
      R"({"unet.r": 8, "unet.use_rslora": true, "text_encoder.r": 4, "other.r": -3})", "here");
  EXPECT_EQ(settings.of("unet", "a").rank, 8);
  EXPECT_TRUE(settings.of("unet", "a").root_of_rank);
  EXPECT_EQ(settings.of("text_encoder", "a").rank, 4);
  EXPECT_FALSE(settings.of("text_encoder", "a").root_of_rank);
  EXPECT_FALSE(settings.of("text_encoder_2", "a").rank);
  EXPECT_FALSE(settings.of("", "a").rank);
}

TEST(AdapterSettings, OutOfRangeAreRefused) {
  EXPECT_ERROR(Code::invalid_argument, "here: r is 0", AdapterSettings(R"({"r": 0})", "here"));
  EXPECT_ERROR(Code::invalid_argument, "rank_pattern: a is -1",
               AdapterSettings(R"({"rank_pattern": {"a": -1}})", "here"));
  EXPECT_ERROR(Code::invalid_argument, "alpha is \"x\"",
               AdapterSettings(R"({"alpha": "x"})", "here"));
}

}  // namespace
}  // namespace latentrt::io
