#include <gtest/gtest.h>

#include <latentrt/dtype.hpp>

#include "support/expect_error.hpp"

namespace latentrt {
namespace {

TEST(DType, NamesGoThereAndBack) {
  for (const DType dtype : {DType::fp32, DType::bf16, DType::fp16, DType::int8, DType::fp8}) {
    EXPECT_EQ(dtype_from_name(name_of(dtype)), dtype);
  }
  EXPECT_EQ(name_of(DType::bf16), "bf16");
}

TEST(DType, NamesOfOtherProgramsAndOtherCases) {
  for (const char* name : {"float16", "half", "FP16", "Half"})
    EXPECT_EQ(dtype_from_name(name), DType::fp16) << name;
  for (const char* name : {"bfloat16", "BF16"}) EXPECT_EQ(dtype_from_name(name), DType::bf16);
  for (const char* name : {"float32", "float"}) EXPECT_EQ(dtype_from_name(name), DType::fp32);
}

TEST(DType, AnUnknownNameListsTheKnownOnes) {
  EXPECT_ERROR(Code::invalid_argument, "\"int4\": it is one of fp32, bf16, fp16, int8, fp8",
               dtype_from_name("int4"));
}

}  // namespace
}  // namespace latentrt
