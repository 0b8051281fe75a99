/// Tokenizer files and prompts made to cost time or memory.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/cpu_time.hpp"
#include "support/expect_error.hpp"
#include "support/memory_limit.hpp"
#include "text/weighted_prompt.hpp"
#include "tokenizer_files.hpp"

namespace latentrt::text::testing {
namespace {

constexpr std::size_t kMany = 1'000'000;

std::string repeated(std::string_view text, std::size_t count) {
  std::string result;
  result.reserve(text.size() * count);
  for (std::size_t i = 0; i < count; ++i) result += text;
  return result;
}

template <class Work>
void expect_linear(Work&& work) {
  EXPECT_LT(latentrt::testing::cpu_seconds_of(std::forward<Work>(work)),
            latentrt::testing::kLinearWork);
}

/// Merges whose results can be merged again with their own parts, in every direction.
TEST(HostileTokenizer, MergesThatGoInCirclesEnd) {
  const TokenizerDir dir(R"({"a": 0, "aa": 1, "aaa": 2, "aaaa": 3, "a</w>": 4, "aa</w>": 5,
                             "<|startoftext|>": 6, "<|endoftext|>": 7})",
                         "a a\naa a\na aa\naa aa\naaa a\na aaa\na a</w>\n");
  const ClipTokenizer tokenizer = dir.load();
  expect_linear([&] { EXPECT_LE(tokenizer.tokenize(std::string(kMany, 'a')).size(), kMany / 2); });
}

TEST(HostileTokenizer, NinetyThousandMergesAreReadOnceAndNoMore) {
  std::string ids = R"({"<|startoftext|>": 0, "<|endoftext|>": 1)", merges;
  constexpr int kSymbols = 300;
  for (int i = 0; i < kSymbols; ++i) ids += fmt::format(R"(, "{}.": {})", i, i + 2);
  int next = kSymbols + 2;
  for (int i = 0; i < kSymbols; ++i) {
    for (int j = 0; j < kSymbols; ++j) {
      ids += fmt::format(R"(, "{}.{}.": {})", i, j, next++);
      merges += fmt::format("{}. {}.\n", i, j);
    }
  }
  expect_linear([&] {
    EXPECT_EQ(TokenizerDir(ids + '}', merges).load().vocab_size(), static_cast<std::size_t>(next));
    const TokenizerDir twice(ids + '}', merges + merges);
    EXPECT_ERROR(Code::bad_file, "merge 90001 (\"0.\" and \"0.\") occurs twice", twice.load());
  });
}

struct Garbage {
  const char* name;
  std::string merges;
  const char* part;
};

class GarbageMerges : public ::testing::TestWithParam<Garbage> {};

TEST_P(GarbageMerges, AreRefusedInBoundedMemory) {
  if (!latentrt::testing::kCanLimitMemory) GTEST_SKIP() << "sanitizers need the address space";
  const TokenizerDir dir(kIds, GetParam().merges);
  EXPECT_EXIT(
      {
        latentrt::testing::limit_further_memory(4 * GetParam().merges.size() + (16u << 20));
        const auto refused = latentrt::testing::throws_error(Code::bad_file, GetParam().part,
                                                             [&] { (void)dir.load(); });
        if (!refused) std::fprintf(stderr, "%s\n", refused.message());
        std::exit(refused ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

INSTANTIATE_TEST_SUITE_P(
    Contents, GarbageMerges,
    ::testing::Values(Garbage{"OneLongLine", std::string(10 * kMany, 'a'), "not two symbols"},
                      Garbage{"LongSymbols",
                              std::string(5 * kMany, 'a') + ' ' + std::string(5 * kMany, 'b'),
                              "not in the vocabulary"},
                      Garbage{"Spaces", std::string(10 * kMany, ' '), "not two symbols"},
                      Garbage{"BlankLinesThenGarbage", std::string(10 * kMany, '\n') + "x",
                              "merge 1 is not two symbols"},
                      Garbage{"Zeros", std::string(10 * kMany, '\0'), "not two symbols"},
                      Garbage{"NotUtf8", std::string(kMany, '\xFF'), "not UTF-8 at byte 0"},
                      Garbage{"SameAgain", repeated("a b</w>\n", kMany), "merge 2"}),
    [](const auto& test) { return test.param.name; });

struct Prompt {
  const char* name;
  std::string text;
};

class HostilePrompt : public ::testing::TestWithParam<Prompt> {
 protected:
  ClipTokenizer tokenizer_ = ClipTokenizer::load(golden_folder() / "two_files");
};

/// Truncated to the model's length, with a warning.
TEST_P(HostilePrompt, IsEncodedInBoundedWork) {
  const std::string& text = GetParam().text;
  expect_linear([&] {
    const TokenizedPrompt plain = tokenizer_.encode(text);
    EXPECT_EQ(plain.ids.size(), tokenizer_.length());
    EXPECT_EQ(plain.truncated, plain.token_count > tokenizer_.length() - 2);
    EXPECT_LE(plain.token_count, 3 * text.size());
    EXPECT_EQ(tokenize_weighted(tokenizer_, text).prompt.ids.size(), tokenizer_.length());
  });
}

INSTANTIATE_TEST_SUITE_P(
    Texts, HostilePrompt,
    ::testing::Values(
        Prompt{"Empty", ""}, Prompt{"Blank", std::string(kMany, ' ')},
        Prompt{"Megabyte", std::string(1u << 20, 'x')},
        Prompt{"HundredThousandTokens", repeated("a ", 100'000)},
        Prompt{"NulInside", std::string("a\0b", 3)}, Prompt{"Nuls", std::string(kMany, '\0')},
        Prompt{"Emoji", repeated("\U0001F468\u200D\U0001F469\u200D\U0001F467 ", 40'000)},
        Prompt{"RightToLeft", repeated("\u05E9\u05DC\u05D5\u05DD \u202E", 80'000)},
        Prompt{"Marks", "a" + repeated("\u0301\u0323", 200'000)}, Prompt{"OpenBrackets", "((("},
        Prompt{"OpenSquares", repeated("[", kMany)}, Prompt{"ClosedBrackets", repeated(")", kMany)},
        Prompt{"Backslashes", repeated("\\", kMany)},
        Prompt{"Colons", '(' + repeated(":", kMany) + "1)"},
        Prompt{"Markers", repeated("<|startoftext|><|endoftext|>", 30'000)},
        Prompt{"HalfMarkers", repeated("<|endoftext|", 60'000)},
        Prompt{"Contractions", repeated("'ll've're", 100'000)}),
    [](const auto& test) { return test.param.name; });

/// Each bracket is a factor of 1.1, so very many of them overflow.
TEST(HostilePromptWeights, MoreBracketsThanANumberCanSayAreRefused) {
  EXPECT_ERROR(Code::invalid_argument, "not finite",
               parse_weighted_prompt(std::string(kMany, '(') + "a"));
}

}  // namespace
}  // namespace latentrt::text::testing
