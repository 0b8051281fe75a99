/// Choices between implementations from tables of measurements.
#include "nn/ops/kernel_choices.hpp"

#include <gtest/gtest.h>

#include <array>

#include "support/expect_error.hpp"

namespace latentrt::nn {
namespace {

Measurement measured(std::int64_t head_size, std::int64_t queries, double own_us,
                     double library_us) {
  return {.operation = "attention",
          .gpu = "a GPU",
          .capability = 90,
          .dtype = DType::bf16,
          .shape = {{"head_size", head_size}, {"queries", queries}},
          .own_us = own_us,
          .library_us = library_us};
}

Choice choose(const KernelChoices& choices, std::int64_t head_size, std::int64_t queries,
              int capability = 90, DType dtype = DType::bf16,
              std::string_view operation = "attention") {
  const std::array<ShapeClass::Size, 2> sizes{
      {{"head_size", head_size, true}, {"queries", queries}}};
  return choices.choose(
      {.operation = operation, .capability = capability, .dtype = dtype, .sizes = sizes});
}

TEST(KernelChoices, TheFasterOneRuns) {
  const KernelChoices choices({measured(40, 4096, 50, 100), measured(64, 1024, 30, 20)});
  const Choice ours = choose(choices, 40, 4096), theirs = choose(choices, 64, 1024);
  EXPECT_TRUE(ours.own_kernel);
  EXPECT_EQ(ours.reason(),
            "ours takes 0.50 of the library's time at head_size 40, queries 4096 (a GPU)");
  EXPECT_FALSE(theirs.own_kernel);
  EXPECT_EQ(theirs.reason(),
            "ours takes 1.50 of the library's time at head_size 64, queries 1024 (a GPU)");
  EXPECT_FALSE(choose(KernelChoices({measured(40, 64, 7, 7)}), 40, 64).own_kernel);
}

TEST(KernelChoices, TheNearestShapeSpeaksForOthers) {
  const KernelChoices choices({measured(40, 1024, 20, 10), measured(40, 4096, 50, 100)});
  EXPECT_EQ(choose(choices, 40, 1200).measured->own_us, 20);
  EXPECT_EQ(choose(choices, 40, 2100).measured->own_us, 50);
  EXPECT_EQ(choose(choices, 40, 8192).measured->own_us, 50);
  EXPECT_EQ(choose(choices, 40, 512).measured->own_us, 20);
}

TEST(KernelChoices, WithoutAMeasurementItIsTheLibrary) {
  const KernelChoices choices({measured(40, 4096, 50, 100)});
  const auto expect_library = [](const Choice& choice, const char* reason) {
    EXPECT_FALSE(choice.own_kernel);
    EXPECT_EQ(choice.measured, nullptr);
    EXPECT_EQ(choice.reason(), reason);
  };
  const char* const other_shape = "no shape like it was measured on this GPU";
  const char* const other_gpu = "not measured on this GPU";
  expect_library(choose(choices, 80, 4096), other_shape);
  expect_library(choose(choices, 40, 8193), other_shape);
  expect_library(choose(choices, 40, 2047), other_shape);
  expect_library(choose(choices, 40, 0), other_shape);
  expect_library(choose(choices, 40, 4096, 90, DType::fp16), other_shape);
  expect_library(choose(choices, 40, 4096, 80), other_gpu);
  expect_library(choose(choices, 40, 4096, 90, DType::bf16, "convolution"), other_gpu);
  expect_library(choose({}, 40, 4096), other_gpu);
}

TEST(KernelChoices, AMeasurementOfOtherSizesSpeaksForNothing) {
  Measurement other = measured(40, 4096, 50, 100);
  other.shape[1].name = "pixels";
  EXPECT_EQ(choose(KernelChoices({other}), 40, 4096).measured, nullptr);
}

constexpr std::string_view kTable = R"({
  "operation": "attention", "gpu": "a GPU", "capability": 90, "versions": "of something",
  "measurements": [
    {"dtype": "bf16", "shape": {"head_size": 40, "queries": 4096}, "own_us": 50.5, "library_us": 100},
    {"dtype": "fp16", "shape": {"head_size": 40, "queries": 4096}, "own_us": 60, "library_us": 50}]})";

TEST(KernelChoicesTable, IsRead) {
  const KernelChoices choices = KernelChoices::from_tables(std::array{kTable});
  const Choice bf16 = choose(choices, 40, 4096);
  ASSERT_NE(bf16.measured, nullptr);
  EXPECT_EQ(bf16.measured->own_us, 50.5);
  EXPECT_EQ(bf16.measured->shape_name(), "head_size 40, queries 4096");
  EXPECT_TRUE(bf16.own_kernel);
  EXPECT_FALSE(choose(choices, 40, 4096, 90, DType::fp16).own_kernel);
  EXPECT_EQ(choose(choices, 40, 4096, 90, DType::fp32).measured, nullptr);
}

std::string with(std::string_view from, std::string_view to) {
  std::string text(kTable);
  return text.replace(text.find(from), from.size(), to);
}

TEST(KernelChoicesTable, ABrokenOneIsRefused) {
  const std::array broken{
      std::string("{"),
      std::string("[]"),
      with("\"operation\"", "\"operations\""),
      with("90", "0"),
      with("90", "\"sm_90\""),
      with("\"fp16\"", "\"fp17\""),
      with("4096", "-4096"),
      with("{\"head_size\": 40, \"queries\": 4096}", "{}"),
      with("50.5", "0"),
      with("50.5", "null"),
      with("\"library_us\": 100", "\"library\": 100"),
      with("\"fp16\"", "\"bf16\""),  // the same shape twice
  };
  for (const std::string& text : broken)
    EXPECT_ERROR(Code::bad_file, "measured",
                 KernelChoices::from_tables(std::array{std::string_view(text)}));
  EXPECT_ERROR(Code::bad_file, "twice", KernelChoices::from_tables(std::array{kTable, kTable}));
}

TEST(KernelChoicesTable, ThoseOfThisBuildAreWhole) {
  EXPECT_NO_THROW(KernelChoices::from_tables(measured_tables()));
}

}  // namespace
}  // namespace latentrt::nn
