#include "io/dtype.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/expect_error.hpp"

namespace latentrt::io {
namespace {

struct Known {
  Dtype dtype;
  const char* name;
  std::size_t bytes;
};

constexpr Known kKnown[] = {
    {Dtype::boolean, "BOOL", 1},    {Dtype::u8, "U8", 1},           {Dtype::i8, "I8", 1},
    {Dtype::f8_e4m3, "F8_E4M3", 1}, {Dtype::f8_e5m2, "F8_E5M2", 1}, {Dtype::i16, "I16", 2},
    {Dtype::u16, "U16", 2},         {Dtype::f16, "F16", 2},         {Dtype::bf16, "BF16", 2},
    {Dtype::i32, "I32", 4},         {Dtype::u32, "U32", 4},         {Dtype::f32, "F32", 4},
    {Dtype::i64, "I64", 8},         {Dtype::u64, "U64", 8},         {Dtype::f64, "F64", 8}};

TEST(IoDtype, NamesAndSizesAreThoseOfTheFormat) {
  for (const Known& known : kKnown) {
    EXPECT_EQ(name_of(known.dtype), known.name);
    EXPECT_EQ(size_of(known.dtype), known.bytes) << known.name;
    EXPECT_EQ(dtype_from_name(known.name), known.dtype);
  }
}

TEST(IoDtype, E4m3HasTwoSpellings) { EXPECT_EQ(dtype_from_name("F8_E4M3FN"), Dtype::f8_e4m3); }

TEST(IoDtype, TheListIsClosed) {
  for (const char* name :
       {"", "f32", "F32 ", "F4", "F6_E2M3", "F8_E8M0", "F8_E4M3FNUZ", "C64", "F128"}) {
    EXPECT_ERROR(Code::bad_file, '"' + std::string(name) + '"', dtype_from_name(name));
  }
  EXPECT_ERROR(Code::bad_file, "unknown element type", dtype_from_name("\x1B[2J"));
}

}  // namespace
}  // namespace latentrt::io
