#include "io/safetensors/safetensors_header.hpp"

#include <gmock/gmock.h>

#include "safetensors_bytes.hpp"
#include "support/expect_error.hpp"

namespace latentrt::io {
namespace {

using ::testing::ElementsAre;
using testing::entry;
using ::testing::IsEmpty;
using ::testing::Pair;

std::map<std::string, TensorInfo> parse(std::string_view text, std::uint64_t data_bytes = 0) {
  return parse_safetensors_header(text, data_bytes, "m.safetensors");
}

std::string object(std::string_view members) { return '{' + std::string(members) + '}'; }

void expect_bad(std::string_view part, std::string_view text, std::uint64_t data_bytes) {
  EXPECT_ERROR(Code::bad_file, part, parse(text, data_bytes));
  EXPECT_ERROR(Code::bad_file, "m.safetensors: ", parse(text, data_bytes));
}

TEST(SafetensorsHeader, ListsTensorsAndMetadata) {
  const std::string text =
      object(entry("b", "F16", "2,3", 4, 16) + "," + entry("a", "F32", "", 0, 4) +
             R"(,"__metadata__":{"format":"pt"})");
  const auto tensors = parse(text, 16);
  ASSERT_EQ(tensors.size(), 2u);
  EXPECT_THAT(tensors.at("a").shape, IsEmpty());
  const TensorInfo& b = tensors.at("b");
  EXPECT_EQ(b.dtype, Dtype::f16);
  EXPECT_THAT(b.shape, ElementsAre(2, 3));
  EXPECT_EQ(b.begin, 4u);
  EXPECT_EQ(b.bytes(), 12u);
  EXPECT_THAT(parse_safetensors_metadata(text, "m.safetensors"), ElementsAre(Pair("format", "pt")));
}

TEST(SafetensorsHeader, MayHoldNoTensors) {
  EXPECT_THAT(parse("{}"), IsEmpty());
  EXPECT_THAT(parse("{}   "), IsEmpty());
}

// The rules of the format, in the usual order; rules 1, 2, 9, 11 and 12 are tested with the file
// and 13 with the scan for values that are not finite.

TEST(SafetensorsRule, R03HeaderIsUtf8ObjectThenSpaces) {
  expect_bad("does not start with '{'", "[]", 0);
  expect_bad("does not start with '{'", " {}", 0);
  expect_bad("does not start with '{'", "", 0);
  expect_bad("does not start with '{'", "\xEF\xBB\xBF{}", 0);
  expect_bad("does not end with '}' and spaces", "{}\n", 0);
  expect_bad("does not end with '}' and spaces", "{} x", 0);
  expect_bad("does not end with '}' and spaces", std::string("{}\0", 3), 0);
  expect_bad("does not end with '}' and spaces", "{", 0);
  expect_bad("the header is not valid JSON", "{}{}", 0);
  expect_bad("the header holds a NUL byte", std::string("{}\0{}", 5), 0);
  expect_bad("the header is not UTF-8 at byte 2", "{\"\xFF\":1}", 0);
}

TEST(SafetensorsRule, R04DepthIsAtMostFour) {
  expect_bad("nested deeper than 4 levels", R"({"a":{"b":{"c":{"d":{}}}}})", 0);
  expect_bad("nested deeper than 4 levels", "{\"a\":{\"x\":" + std::string(1'000'000, '[') + '}',
             0);
}

TEST(SafetensorsRule, R04NamesAreAtMost4096Bytes) {
  EXPECT_EQ(parse(object(entry(std::string(4096, 'n'), "U8", "1", 0, 1)), 1).size(), 1u);
  expect_bad("has a name of 4097 bytes", object(entry(std::string(4097, 'n'), "U8", "1", 0, 1)), 1);
}

TEST(SafetensorsRule, R04DuplicateKeysAreRefusedAtEveryLevel) {
  expect_bad("repeats key \"a\"",
             object(entry("a", "U8", "1", 0, 1) + "," + entry("a", "U8", "1", 1, 2)), 2);
  expect_bad("repeats key \"a\"",
             object(entry("a", "U8", "1", 0, 1) + "," + entry("\\u0061", "U8", "1", 1, 2)), 2);
  expect_bad("repeats key \"dtype\"",
             R"({"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1);
  expect_bad("repeats key \"k\"", R"({"__metadata__":{"k":"1","k":"2"}})", 0);
}

TEST(SafetensorsRule, R04NumbersAreNonNegativeIntegers) {
  for (const char* shape :
       {"-1", "-0", "1.0", "1e0", "18446744073709551616", "true", "null", "\"1\"", "[1]"}) {
    expect_bad("tensor \"a\" has a shape entry that is not a non-negative integer",
               object(entry("a", "U8", shape, 0, 1)), 1);
  }
  for (const char* offsets : {"-1,0", "0,1.0", "0,1e0", "0,\"1\"", "0,null"}) {
    expect_bad("tensor \"a\" has a data_offsets entry that is not a non-negative integer",
               R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[)" + std::string(offsets) + "]}}",
               1);
  }
}

TEST(SafetensorsRule, R04EntriesHaveExactlyTheirThreeKeys) {
  for (const char* value : {"1", "null", "[]", "{}", R"({"dtype":"U8","shape":[1]})",
                            R"({"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1})"}) {
    expect_bad("tensor \"a\" does not have exactly the keys", R"({"a":)" + std::string(value) + "}",
               1);
  }
  expect_bad("tensor \"a\" lacks data_offsets",
             R"({"a":{"dtype":"U8","shape":[1],"offsets":[0,1]}})", 1);
  for (const char* offsets : {"1", "[]", "[0]", "[0,1,1]", "{}"}) {
    expect_bad("data_offsets that are not two numbers",
               R"({"a":{"dtype":"U8","shape":[1],"data_offsets":)" + std::string(offsets) + "}}",
               1);
  }
  expect_bad("dtype that is not a string", R"({"a":{"dtype":1,"shape":[1],"data_offsets":[0,1]}})",
             1);
  expect_bad("shape that is not a list", R"({"a":{"dtype":"U8","shape":1,"data_offsets":[0,1]}})",
             1);
}

TEST(SafetensorsRule, R05MetadataMapsStringsToStrings) {
  for (const char* value : {"1", "\"x\"", "[]", "null"}) {
    expect_bad("__metadata__ is not an object", R"({"__metadata__":)" + std::string(value) + "}",
               0);
  }
  for (const char* value : {"1", "null", "{}", "[\"x\"]", "true"}) {
    expect_bad("__metadata__ \"k\" is not a string",
               R"({"__metadata__":{"k":)" + std::string(value) + "}}", 0);
  }
}

/// Training programs store tag statistics, thumbnails and merge recipes there.
TEST(SafetensorsRule, R05MetadataIsOfAnyLength) {
  std::string members;
  for (int i = 0; i < 40; ++i)
    members += "\"" + std::to_string(i) + "\":\"" + std::string(70'000, 'x') + "\",";
  members += "\"" + std::string(70'000, 'k') + "\":\"last\"";
  const std::string text =
      R"({"__metadata__":{)" + members + "}," + entry("a", "U8", "1", 0, 1) + "}";
  EXPECT_EQ(parse(text, 1).size(), 1u);
  const auto metadata = parse_safetensors_metadata(text, "m.safetensors");
  EXPECT_EQ(metadata.size(), 41u);
  EXPECT_EQ(metadata.at("39").size(), 70'000u);
}

/// Bytes after the limit are not read, otherwise they would be refused as invalid JSON.
TEST(SafetensorsHeader, LimitsComeWhileTheTextIsParsed) {
  const auto parse_two = [](const std::string& text) {
    return parse_safetensors_header(text, 0, "m.safetensors",
                                    {.max_tensors = 2, .max_metadata = 2});
  };
  const auto named = [](const char* name) { return entry(name, "U8", "0", 0, 0); };
  const std::string two = named("a") + "," + named("b");
  EXPECT_EQ(parse_two(object(two)).size(), 2u);
  EXPECT_ERROR(Code::bad_file, "the header names more than 2 tensors",
               parse_two(object(two + "," + named("c"))));
  EXPECT_ERROR(Code::bad_file, "the header names more than 2 tensors",
               parse_two(object(two + ",\"c\" no JSON from here on")));
  const std::string metadata = R"("__metadata__":{"a":"","b":"")";
  EXPECT_EQ(parse_two(object(two + "," + metadata + "}")).size(), 2u);
  EXPECT_ERROR(Code::bad_file, "more than 2 entries of metadata",
               parse_two(object(metadata + R"(,"c" no JSON from here on)")));
}

TEST(SafetensorsRule, R06TypesAreOfAClosedList) {
  for (const char* dtype : {"F4", "F12", "f32", "", "C64", "F8_E8M0"}) {
    expect_bad("tensor \"a\" has an unknown element type \"" + std::string(dtype) + '"',
               object(entry("a", dtype, "0", 0, 0)), 0);
  }
}

TEST(SafetensorsRule, R07RankAndExtentsAreBounded) {
  EXPECT_EQ(parse(object(entry("a", "U8", "1,1,1,1,1,1,1,1", 0, 1)), 1).at("a").shape.size(), 8u);
  expect_bad("at most 8 integers", object(entry("a", "U8", "1,1,1,1,1,1,1,1,1", 0, 1)), 1);
  EXPECT_EQ(parse(object(entry("a", "U8", "2147483647,0", 0, 0))).size(), 1u);
  expect_bad("extent 2147483648", object(entry("a", "U8", "2147483648,0", 0, 0)), 0);
}

TEST(SafetensorsRule, R07SizesNeverWrap) {
  constexpr const char* kTo64 = "1073741824,1073741824,16";  // 2^64 elements: 0 if it wraps around
  expect_bad("size overflows", object(entry("a", "U8", kTo64, 0, 0)), 0);
  expect_bad("size overflows", object(entry("a", "F32", "1073741824,1073741824,4,1", 0, 0)), 0);
  expect_bad("size overflows", object(entry("a", "F64", "1073741824,1073741824,2,0", 0, 0)), 0);
  expect_bad("size overflows", object(entry("a", "U8", "0,1073741824,1073741824,16", 0, 0)), 0);
}

TEST(SafetensorsRule, R07ScalarsAndEmptyTensorsAreLegal) {
  const auto header =
      parse(object(entry("s", "F64", "", 0, 8) + "," + entry("e", "F32", "0,3", 8, 8) + "," +
                   entry("f", "F32", "3,0", 0, 0)),
            8);
  EXPECT_EQ(header.at("s").bytes(), 8u);
  EXPECT_EQ(header.at("e").bytes(), 0u);
}

TEST(SafetensorsRule, R08BytesAreThoseOfTheShape) {
  expect_bad("tensor \"a\" has 8 bytes; shape [3] of F32 needs 12",
             object(entry("a", "F32", "3", 0, 8)), 8);
  expect_bad("has 1 bytes; shape [0] of U8 needs 0", object(entry("a", "U8", "0", 0, 1)), 1);
  expect_bad("end before they begin", object(entry("a", "U8", "1", 1, 0)), 1);
  expect_bad("end before they begin", object(entry("a", "U8", "1", 18446744073709551615ull, 0)), 1);
}

TEST(SafetensorsRule, R08TensorsTileTheDataWithoutOverlapOrHole) {
  const auto two = [](std::uint64_t begin, std::uint64_t end, std::uint64_t count) {
    return object(entry("a", "U8", "4", 0, 4) + "," +
                  entry("b", "U8", std::to_string(count), begin, end));
  };
  EXPECT_EQ(parse(two(4, 8, 4), 8).size(), 2u);
  expect_bad("tensor \"b\" starts at byte 3, expected 4: it overlaps another", two(3, 7, 4), 7);
  expect_bad("it overlaps another", two(0, 4, 4), 4);
  expect_bad("tensor \"b\" starts at byte 5, expected 4: there is a gap before it", two(5, 9, 4),
             9);
  expect_bad("tensor \"b\" ends beyond the end of the file", two(4, 8, 4), 7);
  expect_bad("the tensors take 8 bytes, but the file holds 9", two(4, 8, 4), 9);
  expect_bad("the tensors take 0 bytes, but the file holds 1", "{}", 1);
  expect_bad("there is a gap before it", object(entry("a", "U8", "4", 1, 5)), 5);
  const std::string beyond =
      object(entry("a", "U8", "0", 18446744073709551615ull, 18446744073709551615ull));
  expect_bad("tensor \"a\" starts at byte 18446744073709551615", beyond, 0);
}

TEST(SafetensorsRule, R10NamesHoldNoControlCharacters) {
  for (const char* name : {"\\u0000", "a\\u0000b", "a\\nb", "\\u001b[2J", "\\u007f", "\\u009b2J"}) {
    expect_bad("has control characters in its name", object(entry(name, "U8", "1", 0, 1)), 1);
  }
  expect_bad("has no name", object(entry("", "U8", "1", 0, 1)), 1);
  EXPECT_TRUE(parse(object(entry("\\u00e4/../b", "U8", "1", 0, 1)), 1).contains("\xC3\xA4/../b"));
}

TEST(SafetensorsRule, R10NamesAreComparedBytewise) {
  const std::string composed = "\xC3\xA4", decomposed = "a\xCC\x88";
  const auto header =
      parse(object(entry(composed, "U8", "1", 0, 1) + "," + entry(decomposed, "U8", "1", 1, 2)), 2);
  EXPECT_EQ(header.size(), 2u);
}

}  // namespace
}  // namespace latentrt::io
