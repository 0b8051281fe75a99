/// The tasks of latentrt-train: what they generate, and what their verifiers accept.
#include "cli/toys/toy.hpp"

#include <gtest/gtest.h>

#include <latentrt/error.hpp>
#include <set>

#include "cli/toys/countdown.hpp"
#include "cli/toys/mirror.hpp"

namespace latentrt::cli {
namespace {

TEST(Toys, TheirAnswersAreRight) {
  for (const std::string& name : toy_names()) {
    const Toy& toy = toy_of(name);
    std::set<std::string> prompts, answers;
    for (const Split split : {Split::train, Split::held_out}) {
      for (std::uint64_t number = 0; number < 500; ++number) {
        const ToyText text = toy.problem(3, number, split);
        EXPECT_TRUE(toy.is_right(text.prompt, text.answer)) << text.prompt << text.answer;
        answers.insert(text.answer);
        const ToyText again = toy.problem(3, number, split);
        EXPECT_EQ(again.prompt + again.answer, text.prompt + text.answer);
      }
    }
    EXPECT_GT(answers.size(), 400u) << name;
    EXPECT_NE(toy.problem(3, 0, Split::train).answer, toy.problem(4, 0, Split::train).answer);
  }
  EXPECT_THROW(toy_of("sudoku"), Error);
}

TEST(Toys, CountdownHoldsProblemsOut) {
  const Toy toy = countdown_toy();
  const auto key = [](const std::string& prompt) {  // whatever the order of the numbers
    std::multiset<std::string> words;
    for (std::size_t at = 0; at < prompt.size();) {
      const std::size_t end = std::min(prompt.find(' ', at), prompt.size());
      words.insert(prompt.substr(at, end - at));
      at = end + 1;
    }
    return words;
  };
  std::set<std::pair<std::multiset<std::string>, std::string>> seen;
  const auto problem = [&](std::uint64_t number, Split split) {
    const std::string prompt = toy.problem(1, number, split).prompt;
    return std::pair(key(prompt), prompt.substr(prompt.rfind(' ')));
  };
  for (std::uint64_t number = 0; number < 3000; ++number)
    seen.insert(problem(number, Split::train));
  EXPECT_GT(seen.size(), 2000u);
  for (std::uint64_t number = 0; number < 300; ++number)
    EXPECT_FALSE(seen.contains(problem(number, Split::held_out)));
}

TEST(Toys, CountdownAcceptsEveryWayToTheTarget) {
  const Toy toy = countdown_toy();
  const auto right = [&](const char* answer) {
    return toy.is_right("numbers 3 7 12 target 33", answer);
  };
  EXPECT_TRUE(right(" 7 * 3 = 21 ; 21 + 12 = 33"));
  EXPECT_TRUE(right("3 * 7 = 21 ; 12 + 21 = 33"));
  EXPECT_TRUE(toy.is_right("numbers 2 9 3 target 3", " 9 - 3 = 6 ; 6 / 2 = 3"));
  EXPECT_TRUE(toy.is_right("numbers 2 9 8 target 7", " 8 / 8 = 1 ; 9 - 2 = 7") == false);
  EXPECT_TRUE(toy.is_right("numbers 9 9 9 target 9", " 9 - 9 = 0 ; 0 + 9 = 9"));
  EXPECT_TRUE(toy.is_right("numbers 20 3 4 target 8", " 3 * 4 = 12 ; 20 - 12 = 8"));
}

TEST(Toys, CountdownRefusesEverythingElse) {
  const Toy toy = countdown_toy();
  const char* const prompt = "numbers 3 7 12 target 33";
  for (const char* answer :
       {"", " ", "7 * 3 = 21", " 7 * 3 = 21 ; 21 + 12 = 34", " 7 * 3 = 22 ; 22 + 12 = 34",
        " 7 * 3 = 21 ; 20 + 13 = 33", " 7 + 7 = 14 ; 14 + 12 = 26", " 7 * 3 = 21 ; 12 + 12 = 24",
        " 21 + 12 = 33 ; 33 + 0 = 33", " 7 * 3 = 21 , 21 + 12 = 33", " 7 x 3 = 21 ; 21 + 12 = 33",
        " 7 * 3 = 21 ; 21 + 12 = 33 ;", " 07 * 3 = 21 ; 21 + 12 = 33",
        " 7 * 3 = 21 ; 21 + 12 = 033", " 7 * 3 = 21 ; 21 ++ 12 = 33", "\x80\xff",
        " 3 - 7 = -4 ; -4 + 12 = 8"})
    EXPECT_FALSE(toy.is_right(prompt, answer)) << answer;
  EXPECT_FALSE(toy.is_right("numbers 3 7 12", " 7 * 3 = 21 ; 21 + 12 = 33"));
  EXPECT_FALSE(toy.is_right("numbers 3 7 twelve target 33", " 7 * 3 = 21 ; 21 + 12 = 33"));
  EXPECT_FALSE(toy.is_right("numbers 5 0 3 target 3", " 5 / 0 = 0 ; 0 + 3 = 3"));
  EXPECT_FALSE(toy.is_right("numbers 5 2 3 target 5", " 5 / 2 = 2 ; 2 + 3 = 5"));
  EXPECT_FALSE(toy.is_right("numbers 50 60 3 target 3", " 50 + 60 = 110 ; 110 - 3 = 107"));
}

TEST(Toys, MirrorsAreTwelveLettersThatReadBothWays) {
  const Toy toy = mirror_toy();
  EXPECT_TRUE(toy.is_right("mirror", "abcdejjedcba"));
  EXPECT_TRUE(toy.is_right("mirror", "aaaaaaaaaaaa"));
  for (const char* answer :
       {"", "abcdejjedcb", "abcdejjedcbb", "kbcdejjedcbk", "abba", "abcdejjedcba ", "ABCDEJJEDCBA"})
    EXPECT_FALSE(toy.is_right("mirror", answer)) << answer;
}

}  // namespace
}  // namespace latentrt::cli
