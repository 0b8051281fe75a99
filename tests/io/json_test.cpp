#include "io/json.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "io/json_events.hpp"
#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::io {
namespace {

std::string repeated(std::string_view text, std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i) result += text;
  return result;
}

TEST(Json, BuildsTheDocumentInItsOrder) {
  const std::string text =
      R"({"z":[1,-2,3.5,{"b":null}],"a":{"x":true,"w":"\u00e4\n"},"e":[],"o":{}})";
  const auto json = parse_json(text, "test");
  EXPECT_EQ(json, nlohmann::ordered_json::parse(text));
  EXPECT_EQ(json.dump(), nlohmann::ordered_json::parse(text).dump());
}

TEST(Json, TakesScalarsAndSpaces) {
  EXPECT_EQ(parse_json(" 17\r\n\t", "test"), 17);
  EXPECT_EQ(parse_json("\"\"", "test"), "");
}

struct Wrong {
  const char* name;
  std::string text;
  const char* sentence;
};

class JsonRejects : public ::testing::TestWithParam<Wrong> {};

TEST_P(JsonRejects, WithASentenceThatNamesTheText) {
  EXPECT_ERROR(Code::bad_file, "the file", parse_json(GetParam().text, "the file"));
  EXPECT_ERROR(Code::bad_file, GetParam().sentence, parse_json(GetParam().text, "the file"));
}

INSTANTIATE_TEST_SUITE_P(
    Texts, JsonRejects,
    ::testing::Values(
        Wrong{"Empty", "", "not valid JSON at byte"},
        Wrong{"Words", "hello", "not valid JSON at byte"},
        Wrong{"Trailing", "{} {}", "not valid JSON at byte"},
        Wrong{"TrailingComma", "[1,]", "not valid JSON at byte"},
        Wrong{"Unclosed", "{\"a\":1", "not valid JSON at byte"},
        Wrong{"Comment", "{} // x", "not valid JSON at byte"},
        Wrong{"NaN", "[NaN]", "not valid JSON at byte"},
        Wrong{"Infinity", "[-Infinity]", "not valid JSON at byte"},
        Wrong{"TooLarge", "[1e999]", "not valid JSON at byte"},
        Wrong{"Hexadecimal", "[0x10]", "not valid JSON at byte"},
        Wrong{"LeadingZero", "[01]", "not valid JSON at byte"},
        Wrong{"LoneSurrogate", R"(["\ud800"])", "not valid JSON at byte"},
        Wrong{"BadEscape", R"(["\q"])", "not valid JSON at byte"},
        Wrong{"RawControl", "[\"a\nb\"]", "not valid JSON at byte"},
        Wrong{"HiddenByNul", std::string("{}\0{\"a\":1}", 10), "NUL byte"},
        Wrong{"ByteOrderMark", "\xEF\xBB\xBF{}", "byte order mark"},
        Wrong{"Utf16", std::string("\xFF\xFE{\0}\0", 6), "not UTF-8 at byte 0"},
        Wrong{"BadUtf8", "[\"\xC3\"]", "not UTF-8 at byte 2"},
        Wrong{"Duplicate", R"({"a":1,"b":2,"a":1})", "repeats key \"a\""},
        Wrong{"DuplicateInside", R"([{"x":{"k":1,"k":2}}])", "repeats key \"k\""},
        Wrong{"DuplicateEscaped", R"({"a":1,"\u0061":2})", "repeats key \"a\""},
        Wrong{"DuplicateControl", R"({"\u001b[2J":1,"\u001b[2J":2})", "repeats key"},
        Wrong{"Deep", repeated("[", 17) + repeated("]", 17), "deeper than 16"},
        Wrong{"VeryDeep", repeated("[", 1'000'000), "deeper than 16"},
        Wrong{"VeryDeepObjects", repeated("{\"a\":", 1'000'000), "deeper than 16"},
        Wrong{"ManyDigits", repeated("1234567890", 100'000), "not valid JSON at byte"},
        Wrong{"LongString", '"' + std::string((64u << 10) + 1, 'x') + '"', "string of 65537 bytes"},
        Wrong{"LongKey", "{\"" + std::string((64u << 10) + 1, 'x') + "\":1}",
              "string of 65537 bytes"}),
    [](const auto& test) { return test.param.name; });

TEST(Json, EachLimitHoldsExactly) {
  const JsonLimits limits{.max_bytes = 20, .max_depth = 2, .max_string = 3, .max_values = 4};
  EXPECT_NO_THROW(parse_json("[[1,2]]             ", "test", limits));
  EXPECT_ERROR(Code::bad_file, "21 bytes", parse_json("[[1,2]]              ", "test", limits));
  EXPECT_ERROR(Code::bad_file, "deeper than 2", parse_json("[[[]]]", "test", limits));
  EXPECT_NO_THROW(parse_json("[\"123\"]", "test", limits));
  EXPECT_ERROR(Code::bad_file, "string of 4", parse_json("[\"1234\"]", "test", limits));
  EXPECT_NO_THROW(parse_json("[1,2,[]]", "test", limits));
  EXPECT_ERROR(Code::bad_file, "more than 4 values", parse_json("[1,2,3,4]", "test", limits));
  EXPECT_ERROR(Code::bad_file, "more than 4 values", parse_json("[1,2,3,[]]", "test", limits));
}

/// Bytes after a limit are not read, otherwise they would be refused as invalid JSON.
TEST(Json, LimitsComeWhileTheTextIsParsed) {
  const JsonLimits limits{.max_bytes = 1000, .max_depth = 2, .max_string = 3, .max_values = 4};
  EXPECT_ERROR(Code::bad_file, "more than 4 values",
               parse_json("[1,2,3,4 no JSON", "test", limits));
  EXPECT_ERROR(Code::bad_file, "more than 4 values",
               parse_json(R"({"a":1,"b":2,"c":3,"d":4 no JSON)", "test", limits));
  EXPECT_ERROR(Code::bad_file, "deeper than 2", parse_json("[[[ no JSON", "test", limits));
  EXPECT_ERROR(Code::bad_file, "string of 4", parse_json("[\"1234\" no JSON", "test", limits));
}

TEST(Json, ValuesAreCountedUpToTheLimitAndNoFurther) {
  struct Counter final : JsonEvents {
    using JsonEvents::JsonEvents;
    bool on_scalar(Json) override { return true; }
    bool on_open(bool) override { return true; }
    bool on_close() override { return true; }
    bool on_key(std::string&) override { return true; }
  };
  const JsonLimits limits{.max_values = 1000};
  Counter counter(limits);
  const std::string text = "[" + repeated("0,", 100'000) + "0]";
  EXPECT_ERROR(Code::bad_file, "more than 1000 values",
               (parse_json_events(text, "test", limits, counter), 0));
  EXPECT_EQ(counter.values(), 1001u);
}

/// An ordered object with a linear search for every insertion would take minutes here.
TEST(Json, ManyKeysTakeLinearTime) {
  std::string text = "{";
  for (int i = 0; i < 100'000; ++i) text += '"' + std::to_string(i) + "\":0,";
  text += "\"last\":1}";
  EXPECT_EQ(parse_json(text, "test").size(), 100'001u);
}

TEST(TextFile, IsReadWholeUpToTheLimit) {
  const testing::TempDir dir;
  const auto file = dir.write("a", std::string("x\0y", 3));
  EXPECT_EQ(read_text_file(file, 3), std::string("x\0y", 3));
  EXPECT_ERROR(Code::bad_file, file.string() + " has 3 bytes; at most 2", read_text_file(file, 2));
  EXPECT_EQ(read_text_file(dir.write("empty", ""), 0), "");
}

/// A configuration that is a response of a download site or of Git.
TEST(TextFile, OtherFormatsAreNamed) {
  const testing::TempDir dir;
  EXPECT_ERROR(Code::bad_file, "config.json: this is a web page",
               read_text_file(dir.write("config.json", "\n<!DOCTYPE html>"), 100));
  EXPECT_ERROR(Code::bad_file, "git lfs pull",
               read_text_file(
                   dir.write("config.json", "version https://git-lfs.github.com/spec/v1\n"), 100));
  EXPECT_ERROR(Code::bad_file, "a picture",
               read_text_file(dir.write("config.json", "\x89PNG\r\n\x1A\n"), 100));
  EXPECT_NO_THROW(read_text_file(dir.write("config.json", "{\"a\":1}"), 100));
  EXPECT_NO_THROW(read_text_file(dir.write("merges.txt", "< a\n<a b\n"), 100));
}

TEST(TextFile, SpecialAndMissingFilesAreRefused) {
  const testing::TempDir dir;
  ASSERT_EQ(mkfifo((dir / "pipe").c_str(), 0600), 0);
  EXPECT_ERROR(Code::bad_file, "pipe: not a regular file", read_text_file(dir / "pipe", 100));
  EXPECT_ERROR(Code::bad_file, "not a regular file", read_text_file(dir.path(), 100));
  EXPECT_ERROR(Code::not_found, "none", read_text_file(dir / "none", 100));
}

}  // namespace
}  // namespace latentrt::io
