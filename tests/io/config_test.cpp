#include <gmock/gmock.h>

#include <cmath>

#include "io/json.hpp"
#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::io {
namespace {

using ::testing::ElementsAre;

Config config(std::string_view text) { return Config::from_text(text, "unet/config.json"); }

TEST(Config, GettersReadTheirTypes) {
  const Config c = config(R"({"channels":320,"eps":1e-5,"one":1,"flag":true,"act":"silu",
                              "types":["A","B"],"betas":[0.5,1],"levels":[1,2,3]})");
  EXPECT_EQ(c.integer("channels", 0, 1, 320), 320);
  EXPECT_EQ(c.number("eps", 0, 0, 1), 1e-5);
  EXPECT_EQ(c.number("one", 0, 0, 1), 1.0);
  EXPECT_TRUE(c.boolean("flag", false));
  EXPECT_EQ(c.string("act", ""), "silu");
  EXPECT_THAT(c.strings("types", {}), ElementsAre("A", "B"));
  EXPECT_THAT(c.numbers("betas", {}, 0, 1), ElementsAre(0.5, 1.0));
  EXPECT_THAT(c.integer_list("levels", {}, 3, 1, 3), ElementsAre(1, 2, 3));
  EXPECT_THAT(c.integers("levels", {}, 3, 1, 3), ElementsAre(1, 2, 3));
  EXPECT_THAT(c.integers("channels", {}, 2, 1, 320), ElementsAre(320, 320));
}

class ConfigFallback : public ::testing::TestWithParam<const char*> {};

TEST_P(ConfigFallback, IsTakenForAbsentAndNull) {
  const Config c = config(GetParam());
  EXPECT_FALSE(c.has("k"));
  EXPECT_EQ(c.json_text("k"), "");
  // the fallback is the caller's: ranges do not apply to it
  EXPECT_EQ(c.integer("k", -7, 0, 1), -7);
  EXPECT_EQ(c.number("k", 2.5, 0, 1), 2.5);
  EXPECT_TRUE(c.boolean("k", true));
  EXPECT_EQ(c.string("k", "none"), "none");
  EXPECT_THAT(c.strings("k", {"x"}), ElementsAre("x"));
  EXPECT_THAT(c.numbers("k", {3}, 0, 1), ElementsAre(3));
  EXPECT_THAT(c.integer_list("k", {4, 5}, 1, 0, 1), ElementsAre(4, 5));
  EXPECT_THAT(c.integers("k", {6}, 2, 0, 1), ElementsAre(6, 6));
  EXPECT_THAT(c.integers("k", {6, 7}, 2, 0, 1), ElementsAre(6, 7));
  EXPECT_ERROR(Code::invalid_argument, "k is missing", c.integers("k", {6, 7}, 3, 0, 1));
}

INSTANTIATE_TEST_SUITE_P(Files, ConfigFallback, ::testing::Values("{}", R"({"k":null})"));

TEST(Config, KnowsItsKeysAndTheirText) {
  const Config c = config(R"({"b":[1, 2.5],"a":null,"c":{"x":"\u00e4"}})");
  EXPECT_THAT(c.keys(), ElementsAre("a", "b", "c"));
  EXPECT_EQ(c.json_text("b"), "[1,2.5]");
  EXPECT_EQ(c.json_text("c"), R"({"x":"\u00e4"})");
  EXPECT_TRUE(c.has("b"));
}

class ConfigHostileInteger : public ::testing::TestWithParam<const char*> {};

TEST_P(ConfigHostileInteger, IsRefusedNamingFileKeyValueAndRange) {
  const std::string value = GetParam();
  const std::string sentence =
      "unet/config.json: in_channels is " + value + ", expected an integer from 1 to 1024";
  const Config c = config(R"({"in_channels":)" + value + "}");
  EXPECT_ERROR(Code::invalid_argument, sentence, c.integer("in_channels", 4, 1, 1024));
  const Config list = config(R"({"in_channels":[2,)" + value + "]}");
  EXPECT_ERROR(Code::invalid_argument, sentence, list.integers("in_channels", {}, 2, 1, 1024));
  EXPECT_ERROR(Code::invalid_argument, sentence, list.integer_list("in_channels", {}, 2, 1, 1024));
}

INSTANTIATE_TEST_SUITE_P(Values, ConfigHostileInteger,
                         ::testing::Values("0", "-1", "1025", "1000000000", "9223372036854775807",
                                           "9223372036854775808", "18446744073709551615", "1.5",
                                           "4.0", "1000.0", "1e+300", "true", "\"4\"", "{}"));

TEST(Config, RangesMayBeNegative) {
  const Config c = config(R"({"low":-5,"high":18446744073709551615})");
  EXPECT_EQ(c.integer("low", 0, -5, -5), -5);
  EXPECT_ERROR(Code::invalid_argument, "from -4 to 3", c.integer("low", 0, -4, 3));
  EXPECT_ERROR(Code::invalid_argument, "from -9 to -1", c.integer("high", 0, -9, -1));
}

TEST(Config, OtherTypesAreRefused) {
  const Config c = config(R"({"n":3,"s":"x","l":[1,"a"],"o":{},"e":[],"big":[1,2,3],
                              "esc":"\u001b[2J","nul":["a\u0000b"]})");
  EXPECT_ERROR(Code::invalid_argument, "n is 3, expected true or false", c.boolean("n", false));
  EXPECT_ERROR(Code::invalid_argument, "n is 3, expected a string", c.string("n", ""));
  EXPECT_ERROR(Code::invalid_argument, "s is \"x\", expected a number from 0 to 1",
               c.number("s", 0, 0, 1));
  EXPECT_ERROR(Code::invalid_argument, "n is 3, expected a number from 0 to 1",
               c.number("n", 0, 0, 1));
  EXPECT_ERROR(Code::invalid_argument, "l is 1, expected a list of strings", c.strings("l", {}));
  EXPECT_ERROR(Code::invalid_argument, "s is \"x\", expected a list of strings",
               c.strings("s", {}));
  EXPECT_ERROR(Code::invalid_argument, "l is \"a\", expected a number", c.numbers("l", {}, 0, 1));
  EXPECT_ERROR(Code::invalid_argument, "o is {}, expected a list of numbers",
               c.numbers("o", {}, 0, 1));
  EXPECT_ERROR(Code::invalid_argument, "e is [], expected a list of 1 to 2",
               c.integer_list("e", {}, 2, 0, 9));
  EXPECT_ERROR(Code::invalid_argument, "a list of 1 to 2", c.integer_list("big", {}, 2, 0, 9));
  EXPECT_ERROR(Code::invalid_argument, "a list of 2 of them", c.integers("big", {}, 2, 0, 9));
  EXPECT_ERROR(Code::invalid_argument, "a list of 4 of them", c.integers("big", {}, 4, 0, 9));
  EXPECT_ERROR(Code::invalid_argument, "control characters", c.string("esc", ""));
  EXPECT_ERROR(Code::invalid_argument, "control characters", c.strings("nul", {}));
}

TEST(Config, NamesHaveABoundedLength) {
  const Config c = config(R"({"fits":")" + std::string(256, 'x') + R"(","long":")" +
                          std::string(257, 'x') + "\"}");
  EXPECT_EQ(c.string("fits", "").size(), 256u);
  EXPECT_ERROR(Code::invalid_argument, "a string of at most 256 bytes", c.string("long", ""));
}

TEST(Config, LongValuesAreCutInSentences) {
  const Config c = config(R"({"k":")" + std::string(60'000, 'x') + "\"}");
  try {
    c.integer("k", 0, 0, 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_LT(std::string(error.what()).size(), 200u);
  }
}

TEST(Config, IsAnObjectOfAFile) {
  const testing::TempDir dir;
  EXPECT_EQ(Config::load(dir.write("config.json", R"({"a":1})")).integer("a", 0, 1, 1), 1);
  EXPECT_EQ(Config::load(dir / "config.json").name(), (dir / "config.json").string());
  EXPECT_ERROR(Code::bad_file, "list.json is not a JSON object",
               Config::load(dir.write("list.json", "[]")));
  EXPECT_ERROR(Code::bad_file, "cut.json is not valid JSON",
               Config::load(dir.write("cut.json", "{\"a\":")));
  EXPECT_ERROR(Code::bad_file, "nan.json is not valid JSON",
               Config::load(dir.write("nan.json", "{\"a\":NaN}")));
  EXPECT_ERROR(Code::not_found, "none.json", Config::load(dir / "none.json"));
}

/// Looking up a key must not search all others: a hostile file can contain very many.
TEST(Config, ManyKeysAreFoundFast) {
  std::string text = "{";
  for (int i = 0; i < 50'000; ++i)
    text += '"' + std::to_string(i) + "\":" + std::to_string(i) + ',';
  const Config c = config(text + "\"end\":null}");
  std::int64_t sum = 0;
  for (const std::string& key : c.keys()) sum += c.integer(key, 0, 0, 50'000);
  EXPECT_EQ(sum, 50'000ll * 49'999 / 2);
}

}  // namespace
}  // namespace latentrt::io
