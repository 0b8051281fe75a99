#include "base/settings.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/expect_error.hpp"

namespace latentrt {
namespace {

constexpr auto kInvalid = Code::invalid_argument;

const std::vector<OptionSpec>& specs() {
  static const std::vector<OptionSpec> all = {
      flag_option("on", true, "A flag"),
      unsupported_flag("never"),
      number_option("ratio", 0.5, 0, 1, "A number"),
      whole_option("count", 3, 1, 9, "A whole number"),
      choice_option("word", "a", {"a", "b", ""}, "A choice"),
      text_option("any", "x", "A text"),
      optional_number("maybe", 0, 1, "A number without a default"),
      optional_list("several", 0, 1, "A list"),
      whole_list_option("places", {2, 4}, 0, 9, "A list of whole numbers")};
  return all;
}

Settings of_file(const std::string& key, OptionValue value) {
  return {"solver", specs(), {{key, std::move(value)}}};
}

Settings of_text(const std::string& text) { return {specs(), Spec::parse(text)}; }

TEST(Settings, AbsentOptionsHaveTheirDefaults) {
  const Settings settings("solver", specs(), {});
  EXPECT_TRUE(settings.flag("on"));
  EXPECT_EQ(settings.number("ratio"), 0.5);
  EXPECT_EQ(settings.whole("count"), 3);
  EXPECT_EQ(settings.text("word"), "a");
  EXPECT_EQ(settings.given_list("places"), (std::vector<double>{2, 4}));
  EXPECT_FALSE(settings.given_number("maybe"));
  EXPECT_FALSE(settings.given_list("several"));
  EXPECT_FALSE(settings.is_given("count"));
}

TEST(Settings, GivenOptionsWin) {
  const Settings settings("solver", specs(),
                          {{"on", boolean_value(false)},
                           {"count", number_value(9)},
                           {"maybe", number_value(1)},
                           {"several", list_value({0, 1})}});
  EXPECT_FALSE(settings.flag("on"));
  EXPECT_EQ(settings.whole("count"), 9);
  EXPECT_EQ(settings.given_number("maybe"), 1);
  EXPECT_EQ(settings.given_list("several"), (std::vector<double>{0, 1}));
  EXPECT_TRUE(settings.is_given("count"));
  EXPECT_FALSE(settings.is_given("ratio"));
}

TEST(Settings, KeysOfOthersArePassedOverInAFile) {
  EXPECT_NO_THROW(of_file("unheard_of", text_value("anything")));
}

TEST(Settings, NumbersHaveARange) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const std::string range = " is not a number from 0 to 1";
  EXPECT_ERROR(kInvalid, "solver: ratio=1.5" + range, of_file("ratio", number_value(1.5)));
  EXPECT_ERROR(kInvalid, "solver: ratio=-0.1" + range, of_file("ratio", number_value(-0.1)));
  EXPECT_ERROR(kInvalid, "solver: ratio=nan" + range, of_file("ratio", number_value(std::nan(""))));
  EXPECT_ERROR(kInvalid, "solver: ratio=inf" + range, of_file("ratio", number_value(kInfinity)));
  EXPECT_ERROR(kInvalid, "solver: several contains 2; it takes numbers from 0 to 1",
               of_file("several", list_value({0, 2})));
  EXPECT_ERROR(kInvalid, "solver: several contains nan",
               of_file("several", list_value({0, std::nan("")})));
}

TEST(Settings, CountsAreWhole) {
  EXPECT_ERROR(kInvalid, "solver: count=2.5 is not a whole number from 1 to 9",
               of_file("count", number_value(2.5)));
  EXPECT_ERROR(kInvalid, "solver: places contains 0.5", of_file("places", list_value({1, 0.5})));
}

TEST(Settings, WhatCannotBeDoneIsUnsupported) {
  EXPECT_ERROR(Code::unsupported, "solver: word=\"c\" is not one of a, b, \"\"",
               of_file("word", text_value("c")));
  EXPECT_ERROR(Code::unsupported, "solver: never=true is not supported",
               of_file("never", boolean_value(true)));
  EXPECT_NO_THROW(of_file("never", boolean_value(false)));
}

TEST(Settings, KindsAreChecked) {
  EXPECT_ERROR(kInvalid, "solver: ratio=\"half\" is not a number",
               of_file("ratio", text_value("half")));
  EXPECT_ERROR(kInvalid, "solver: on=1 is not true or false", of_file("on", number_value(1)));
  EXPECT_ERROR(kInvalid, "solver: word=\"0/1\" is not one of a, b, \"\"",
               of_file("word", list_value({0, 1})));
  EXPECT_ERROR(kInvalid, "solver: several=true is not numbers from 0 to 1, separated by /",
               of_file("several", boolean_value(true)));
}

TEST(Settings, UndeclaredReadsAreDefects) {
  EXPECT_ERROR(Code::internal, "solver reads an option typo that it did not declare",
               Settings("solver", specs(), {}).flag("typo"));
}

TEST(Settings, TextsAreParsedByKind) {
  const Settings settings =
      of_text("solver:on=false,ratio=2.5e-1,count=3e0,any=B/c,maybe=1,several=0.5,places=0/9");
  EXPECT_FALSE(settings.flag("on"));
  EXPECT_EQ(settings.number("ratio"), 0.25);
  EXPECT_EQ(settings.whole("count"), 3);
  EXPECT_EQ(settings.text("any"), "B/c");
  EXPECT_EQ(settings.given_number("maybe"), 1);
  EXPECT_EQ(settings.given_list("several"), std::vector<double>{0.5});
  EXPECT_EQ(settings.given_list("places"), (std::vector<double>{0, 9}));
  EXPECT_TRUE(settings.is_given("count")) << "though it is the default";
  EXPECT_FALSE(settings.is_given("word"));
}

TEST(Settings, ChoicesAndFlagsTakeAnyCase) {
  EXPECT_EQ(of_text("solver:word=B").text("word"), "b");
  EXPECT_FALSE(of_text("solver:on=False").flag("on"));
  EXPECT_TRUE(of_text("solver:on=TRUE").flag("on"));
}

TEST(Settings, TextsThatDoNotFitAreRefused) {
  for (const char* text : {"2", "-0.1", "nan", "inf", "1e400", "0x1", "half", "0.5 ", "0,5", ""}) {
    const Spec spec{"solver", {{"ratio", text}}};
    EXPECT_ERROR(kInvalid,
                 "solver: ratio=\"" + std::string(text) + "\" is not a number from 0 to 1",
                 Settings(specs(), spec));
  }
  EXPECT_ERROR(kInvalid, "count=\"2.5\" is not a whole number", of_text("solver:count=2.5"));
  EXPECT_ERROR(kInvalid, "count=\"nan\" is not a whole number", of_text("solver:count=nan"));
  EXPECT_ERROR(kInvalid, "on=\"1\" is not true or false", of_text("solver:on=1"));
  EXPECT_ERROR(kInvalid, "word=\"c\" is not one of a, b, \"\"", of_text("solver:word=c"));
  EXPECT_ERROR(kInvalid, "never=\"true\" is not supported", of_text("solver:never=true"));
  for (const char* text : {"1/10", "1/", "/1", "1//2", "1/nan", "a", ""}) {
    const Spec spec{"solver", {{"places", text}}};
    EXPECT_ERROR(kInvalid, "is not whole numbers from 0 to 9, separated by /",
                 Settings(specs(), spec));
  }
}

TEST(Settings, UnknownAndRepeatedKeysAreRefused) {
  EXPECT_ERROR(kInvalid,
               "solver has no option \"Ratio\"; it has any, count, maybe, on, places, ratio, "
               "several, word",
               of_text("solver:Ratio=1"));
  EXPECT_ERROR(kInvalid, "it has none", Settings({}, Spec::parse("solver:a=1")));
  EXPECT_ERROR(kInvalid, "key \"on\" is given twice", of_text("solver:on=true,on=true"));
}

TEST(Options, ValuesComeBackFromTheirText) {
  EXPECT_EQ(to_text(boolean_value(true)), "true");
  EXPECT_EQ(to_text(number_value(3)), "3");
  EXPECT_EQ(to_text(number_value(0.1)), "0.1");
  EXPECT_EQ(to_text(text_value("a/b")), "a/b");
  EXPECT_EQ(to_text(list_value({0, 16, 0.5})), "0/16/0.5");
}

TEST(Options, AreDescribedInOrderWithoutThoseThatAreRefused) {
  const std::vector<OptionInfo> infos = describe(specs());
  ASSERT_EQ(infos.size(), specs().size() - 1);
  std::vector<std::string> types;
  for (const OptionInfo& info : infos) types.push_back(info.type);
  EXPECT_EQ(types, (std::vector<std::string>{"boolean", "number", "integer", "choice", "text",
                                             "number", "numbers", "integers"}));
  const OptionInfo& count = infos[2];
  EXPECT_EQ(count.key, "count");
  EXPECT_EQ(count.values, "a whole number from 1 to 9");
  EXPECT_EQ(count.min, 1);
  EXPECT_EQ(count.max, 9);
  EXPECT_EQ(count.default_value, "3");
  EXPECT_EQ(count.help, "A whole number");
  EXPECT_EQ(infos[3].choices, (std::vector<std::string>{"a", "b", ""}));
  EXPECT_FALSE(infos[3].min);
  EXPECT_FALSE(infos[5].default_value);
  EXPECT_EQ(infos[7].default_value, "2/4");
}

}  // namespace
}  // namespace latentrt
