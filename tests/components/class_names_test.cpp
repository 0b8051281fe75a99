#include "components/class_names.hpp"

#include <gtest/gtest.h>

#include "support/expect_error.hpp"

namespace latentrt::pipeline {
namespace {

io::Config config_of(std::string_view json) { return io::Config::from_text(json, "m/config.json"); }

TEST(ClassNames, AreWhatIsBeforeTheFirstComma) {
  const std::vector<std::string> wanted{"tench", "great white shark", ""};
  EXPECT_EQ(read_class_names(config_of(R"({"id2label": {"0": "tench, Tinca tinca",
                                           "1": "great white shark", "2": ", x"}})"),
                             3),
            wanted);
  EXPECT_TRUE(read_class_names(config_of("{}"), 3).empty());
}

TEST(ClassNames, NameEveryClassOnce) {
  for (const char* labels :
       {R"({"0": "a"})", R"({"0": "a", "1": "b", "2": "c"})", R"({"0": "a", "2": "b"})",
        R"({"0": "a", "x": "b"})", R"({"0": "a", "1": 7})", R"(["a", "b"])", R"("a")"}) {
    EXPECT_ERROR(Code::invalid_argument, "m/config.json: id2label does not name each of the 2",
                 read_class_names(config_of(std::string(R"({"id2label": )") + labels + "}"), 2));
  }
}

const Classes kFish{.count = 4,
                    .has_none = true,
                    .names = {"tench", "goldfish", "great white shark", "tiger shark"}};

TEST(ClassLabels, AreFoundByNumberAndName) {
  EXPECT_EQ(find_class_label(kFish, "3"), 3);
  EXPECT_EQ(find_class_label(kFish, "goldfish"), 1);
  EXPECT_EQ(find_class_label(kFish, "Great White Shark"), 2);
}

TEST(ClassLabels, OfOthersAreRefused) {
  EXPECT_ERROR(Code::invalid_argument, "class 4 does not exist: the model has the classes 0 to 3",
               find_class_label(kFish, "4"));
  EXPECT_ERROR(Code::invalid_argument, "class -1 does not exist", find_class_label(kFish, "-1"));
  EXPECT_ERROR(Code::invalid_argument, "no class \"goldfsh\": similar ones are \"goldfish\", ",
               find_class_label(kFish, "goldfsh"));
  EXPECT_ERROR(Code::invalid_argument, "similar ones are \"great white shark\", \"tiger shark\", ",
               find_class_label(kFish, "shark"));
  EXPECT_ERROR(Code::invalid_argument, "classes have no names, so that \"dog\" is none",
               find_class_label({.count = 4}, "dog"));
}

TEST(ClassLabels, OfNoneNeedATableWithOne) {
  EXPECT_EQ(none_of(kFish, true), 4);
  EXPECT_ERROR(Code::unsupported, "it needs a class, and guidance 1", none_of({.count = 4}, true));
  EXPECT_NO_THROW(none_of({.count = 4}, false));
}

}  // namespace
}  // namespace latentrt::pipeline
