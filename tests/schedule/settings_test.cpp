#include "schedule/settings.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "schedule/options.hpp"

namespace latentrt::schedule::testing {
namespace {

const std::vector<OptionSpec>& specs() {
  static const std::vector<OptionSpec> all = {flag_option("on", true),
                                              unsupported_flag("never"),
                                              number_option("ratio", 0.5, 0, 1),
                                              whole_option("count", 3, 1, 9),
                                              choice_option("word", "a", {"a", "b"}),
                                              optional_number("maybe", 0, 1),
                                              optional_list("several", 0, 1)};
  return all;
}

std::string error_with(const std::string& key, Option value) {
  return error_of([&] { Settings("solver", specs(), {{key, value}}); });
}

TEST(Settings, AbsentOptionsHaveTheirDefaults) {
  const Settings settings("solver", specs(), {});
  EXPECT_TRUE(settings.flag("on"));
  EXPECT_EQ(settings.number("ratio"), 0.5);
  EXPECT_EQ(settings.whole("count"), 3);
  EXPECT_EQ(settings.text("word"), "a");
  EXPECT_FALSE(settings.given_number("maybe"));
  EXPECT_FALSE(settings.given_list("several"));
}

TEST(Settings, GivenOptionsWin) {
  const Settings settings(
      "solver", specs(),
      {{"on", flag(false)}, {"count", number(9)}, {"maybe", number(1)}, {"several", list({0, 1})}});
  EXPECT_FALSE(settings.flag("on"));
  EXPECT_EQ(settings.whole("count"), 9);
  EXPECT_EQ(settings.given_number("maybe"), 1);
  EXPECT_EQ(settings.given_list("several"), (std::vector<double>{0, 1}));
}

TEST(Settings, KeysOfOthersArePassedOver) {
  EXPECT_EQ(error_with("unheard_of", text("anything")), "");
}

TEST(Settings, NumbersHaveARange) {
  EXPECT_EQ(error_with("ratio", number(1.5)),
            "invalid_argument: solver option ratio = 1.5 is outside 0 to 1");
  EXPECT_EQ(error_with("ratio", number(-0.1)),
            "invalid_argument: solver option ratio = -0.1 is outside 0 to 1");
  EXPECT_EQ(error_with("ratio", number(std::nan(""))),
            "invalid_argument: solver option ratio = nan is outside 0 to 1");
  EXPECT_EQ(error_with("ratio", number(std::numeric_limits<double>::infinity())),
            "invalid_argument: solver option ratio = inf is outside 0 to 1");
  EXPECT_EQ(error_with("several", list({0, 2})),
            "invalid_argument: solver option several = 2 is outside 0 to 1");
}

TEST(Settings, CountsAreWhole) {
  EXPECT_EQ(error_with("count", number(2.5)),
            "invalid_argument: solver option count = 2.5 is not a whole number");
}

TEST(Settings, WhatCannotBeDoneIsUnsupported) {
  EXPECT_EQ(error_with("word", text("c")),
            "unsupported: solver option word = \"c\" is not supported; it can be a, b");
  EXPECT_EQ(error_with("never", flag(true)),
            "unsupported: solver option never = true is not supported");
  EXPECT_EQ(error_with("never", flag(false)), "");
}

TEST(Settings, KindsAreChecked) {
  EXPECT_EQ(error_with("ratio", text("half")),
            "invalid_argument: solver option ratio must be a number, not a word");
  EXPECT_EQ(error_with("on", number(1)),
            "invalid_argument: solver option on must be true or false, not a number");
  EXPECT_EQ(error_with("several", flag(true)),
            "invalid_argument: solver option several must be a list of numbers, not true or false");
}

TEST(Settings, UndeclaredReadsAreDefects) {
  EXPECT_EQ(error_of([] { Settings("solver", specs(), {}).flag("typo"); }),
            "other: solver reads an option typo that it did not declare");
}

}  // namespace
}  // namespace latentrt::schedule::testing
