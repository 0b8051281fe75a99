/// An index must match its data and its network, or it is refused.
#include "nn/weights/packed_index.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "support/expect_error.hpp"

namespace latentrt::nn {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kDataBytes = 1 << 20;

const std::vector<PackableWeight> kPackable{{0, PackedForm::matrix, {8, 4}, io::Dtype::f32},
                                            {1, PackedForm::kernel, {64, 64, 3, 3}, io::Dtype::f32},
                                            {3, PackedForm::kernel, {16, 8, 1, 1}, io::Dtype::bf16},
                                            {7, PackedForm::quantized, {32, 64}, io::Dtype::i8}};

StoredLayout layout(std::vector<std::int64_t> shape, io::Dtype dtype, std::uint64_t offset,
                    std::uint64_t bytes, std::string descriptor = "layout") {
  return {std::move(shape), dtype, std::move(descriptor), offset, bytes, {1, 2}};
}

PackedIndex valid() {
  PackedIndex index{.key = "key", .weights = {}};
  index.weights.push_back({.id = 0, .layouts = {layout({8, 4}, io::Dtype::f32, 0, 128)}});
  index.weights.push_back({.id = 1,
                           .layouts = {layout({64, 64, 3, 3}, io::Dtype::f32, 128, 147456)},
                           .inputs = {{{2, 64, 16, 16}, 0}},
                           .winograd = layout({16, 64, 64}, io::Dtype::f32, 147584, 262144, "")});
  index.weights.push_back(
      {.id = 3, .layouts = {layout({16, 8, 1, 1}, io::Dtype::bf16, 409728, 512)}});
  index.weights.push_back({.id = 7,
                           .layouts = {layout({64, 32}, io::Dtype::i8, 410240, 4096)},
                           .scales = layout({32}, io::Dtype::f32, 414336, 128, "")});
  return index;
}

PackedIndex read(std::string_view text) { return read_packed_index(text, kDataBytes, kPackable); }

TEST(PackedIndex, WhatIsWrittenIsRead) {
  const std::string text = to_text(valid());
  const PackedIndex index = read(text);
  EXPECT_EQ(to_text(index), text);
  ASSERT_EQ(index.weights.size(), 4u);
  EXPECT_EQ(index.weights[1].layouts[0].descriptor, "layout");
  EXPECT_EQ(index.weights[1].layouts[0].hash, (ContentHash{1, 2}));
  EXPECT_EQ(index.weights[1].inputs[0].size, (std::array<std::int64_t, 4>{2, 64, 16, 16}));
}

struct Crafted {
  const char* name;
  std::function<void(Json& weights)> change;
};

class CraftedIndex : public ::testing::TestWithParam<Crafted> {};

TEST_P(CraftedIndex, IsRefused) {
  Json json = Json::parse(to_text(valid()));
  GetParam().change(json["weights"]);
  EXPECT_ERROR(Code::bad_file, "packed weights: ", read(json.dump()));
}

constexpr std::uint64_t kHuge = UINT64_MAX - 63;

INSTANTIATE_TEST_SUITE_P(
    Changes, CraftedIndex,
    ::testing::Values(
        Crafted{"OffsetBeyondTheData", [](Json& w) { w[0]["layouts"][0]["offset"] = kDataBytes; }},
        Crafted{"OffsetThatOverflows", [](Json& w) { w[0]["layouts"][0]["offset"] = kHuge; }},
        Crafted{"NegativeOffset", [](Json& w) { w[0]["layouts"][0]["offset"] = -64; }},
        Crafted{"OffsetOffItsAlignment", [](Json& w) { w[0]["layouts"][0]["offset"] = 8; }},
        Crafted{"BytesBeyondTheData", [](Json& w) { w[0]["layouts"][0]["bytes"] = kDataBytes + 1; }},
        Crafted{"BytesThatOverflow", [](Json& w) { w[0]["layouts"][0]["bytes"] = UINT64_MAX; }},
        Crafted{"ARangeOfAnotherTensor", [](Json& w) { w[1]["layouts"][0]["offset"] = 64; }},
        Crafted{"TooFewBytes", [](Json& w) { w[0]["layouts"][0]["bytes"] = 64; }},
        Crafted{"PlainOfMoreBytes", [](Json& w) { w[1]["winograd"]["bytes"] = 262208; }},
        Crafted{"AnotherShape", [](Json& w) { w[0]["layouts"][0]["shape"] = {4, 8}; }},
        Crafted{"AnotherRank", [](Json& w) { w[0]["layouts"][0]["shape"] = {32}; }},
        Crafted{"AShapeThatOverflows",
                [](Json& w) { w[3]["layouts"][0]["shape"] = {INT32_MAX, INT32_MAX, INT32_MAX}; }},
        Crafted{"AnExtentOfZero", [](Json& w) { w[0]["layouts"][0]["shape"] = {0, 4}; }},
        Crafted{"AnotherType", [](Json& w) { w[0]["layouts"][0]["dtype"] = "BF16"; }},
        Crafted{"AnUnknownType", [](Json& w) { w[0]["layouts"][0]["dtype"] = 6; }},
        Crafted{"NoDescriptor", [](Json& w) { w[0]["layouts"][0]["descriptor"] = ""; }},
        Crafted{"NoHexadecimal", [](Json& w) { w[0]["layouts"][0]["descriptor"] = "xy"; }},
        Crafted{"NoHash", [](Json& w) { w[0]["layouts"][0].erase("hash"); }},
        Crafted{"AShortHash", [](Json& w) { w[0]["layouts"][0]["hash"] = "00"; }},
        Crafted{"NoLayouts", [](Json& w) { w[0]["layouts"] = Json::array(); }},
        Crafted{"NoLayoutsOfAKernel",
                [](Json& w) {
                  w[2]["layouts"] = Json::array();
                }},
        Crafted{"WinogradWithoutPlain",
                [](Json& w) {
                  w[1]["layouts"] = Json::array();
                  w[1]["inputs"] = Json::array();
                }},
        Crafted{"WinogradOfAnotherShape",
                [](Json& w) { w[1]["winograd"]["shape"] = {16, 32, 128}; }},
        Crafted{"TwoLayoutsOfAMatrix", [](Json& w) { w[0]["layouts"].push_back(w[0]["layouts"][0]); }},
        Crafted{"AnInputWithoutItsLayout", [](Json& w) { w[1]["inputs"][0][1] = 1; }},
        Crafted{"AnInputOfOtherChannels", [](Json& w) { w[1]["inputs"][0][0][1] = 65; }},
        Crafted{"AnInputThatIsNone", [](Json& w) { w[1]["inputs"][0] = 3; }},
        Crafted{"NoScales", [](Json& w) { w[3].erase("scales"); }},
        Crafted{"ScalesOfAnotherShape",
                [](Json& w) {
                  w[3]["scales"]["shape"] = {16};
                  w[3]["scales"]["bytes"] = 64;
                }},
        Crafted{"AnotherWeight", [](Json& w) { w[0]["id"] = 2; }},
        Crafted{"AWeightOutOfRange", [](Json& w) { w[0]["id"] = UINT64_MAX; }},
        Crafted{"AWeightTwice", [](Json& w) { w[1] = w[0]; }},
        Crafted{"OtherOrder", [](Json& w) { std::swap(w[0], w[2]); }},
        Crafted{"NoWeights", [](Json& w) { w = 1; }}),
    [](const auto& test) { return test.param.name; });

TEST(PackedIndex, OtherTextsAreRefused) {
  for (const char* text :
       {"", "{}", "[]", "null", R"({"key":1,"weights":[]})", R"({"key":"k","weights":[1]})",
        R"({"key":"k","weights":[[]]})", R"({"key":"k","key":"k","weights":[]})"})
    EXPECT_ERROR(Code::bad_file, "packed weights: ", read(text));
  EXPECT_ERROR(Code::bad_file, "nested deeper", read("{\"key\":" + std::string(1'000'000, '[')));
}

}  // namespace
}  // namespace latentrt::nn
