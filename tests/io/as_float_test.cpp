#include "io/as_float.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "io/safetensors/safetensors.hpp"
#include "safetensors_bytes.hpp"
#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::io {
namespace {

using testing::bytes_of;
using ::testing::ElementsAre;
using testing::entry;
using testing::safetensors_file;

/// The values of a file with one tensor of this type, and the sizes of the parts read.
struct Result {
  std::vector<float> values;
  std::vector<std::size_t> parts;
};

Result convert(std::string_view dtype, std::size_t count, const std::string& data) {
  const testing::TempDir dir;
  const std::string header = "{" + entry("t", dtype, std::to_string(count), 0, data.size()) + "}";
  const auto file = open_safetensors(dir.write("m.safetensors", safetensors_file(header, data)));
  Result result;
  read_as_float(file, "t", file.tensors().at("t"), [&](std::span<const float> part) {
    result.values.insert(result.values.end(), part.begin(), part.end());
    result.parts.push_back(part.size());
  });
  return result;
}

TEST(AsFloat, IntegersKeepTheirValue) {
  EXPECT_THAT(convert("U8", 2, bytes_of<std::uint8_t>(0, 255)).values, ElementsAre(0, 255));
  EXPECT_THAT(convert("BOOL", 2, bytes_of<std::uint8_t>(0, 1)).values, ElementsAre(0, 1));
  EXPECT_THAT(convert("I8", 2, bytes_of<std::int8_t>(-128, 127)).values, ElementsAre(-128, 127));
  EXPECT_THAT(convert("I16", 2, bytes_of<std::int16_t>(-32768, 32767)).values,
              ElementsAre(-32768, 32767));
  EXPECT_THAT(convert("U16", 2, bytes_of<std::uint16_t>(1, 65535)).values, ElementsAre(1, 65535));
  EXPECT_THAT(convert("I32", 2, bytes_of<std::int32_t>(-70000, 2147483647)).values,
              ElementsAre(-70000, 0x1p31F));
  EXPECT_THAT(convert("U32", 1, bytes_of<std::uint32_t>(4294967295u)).values, ElementsAre(0x1p32F));
  EXPECT_THAT(convert("I64", 2, bytes_of<std::int64_t>(-77, 1ll << 40)).values,
              ElementsAre(-77, 0x1p40F));
  EXPECT_THAT(convert("U64", 1, bytes_of<std::uint64_t>(1ull << 63)).values, ElementsAre(0x1p63F));
}

TEST(AsFloat, FloatsAreRoundedOnce) {
  EXPECT_THAT(convert("F32", 2, bytes_of(1.5F, -0.1F)).values, ElementsAre(1.5F, -0.1F));
  EXPECT_THAT(convert("F64", 3, bytes_of(0.1, -1e-30, 1e300)).values,
              ElementsAre(0.1F, -1e-30F, std::numeric_limits<float>::infinity()));
}

/// The definition of the format: sign, exponent (0 for denormals), fraction.
float half_by_definition(int bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const float sign = bits & 0x8000 ? -1.0F : 1.0F;
  if (exponent == 31) return fraction == 0 ? sign * INFINITY : NAN;
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(fraction), -24);
  return sign * std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
}

TEST(AsFloat, EveryHalfIsExact) {
  std::string data;
  for (int bits = 0; bits < 65536; ++bits) data += bytes_of(static_cast<std::uint16_t>(bits));
  const auto values = convert("F16", 65536, data).values;
  int wrong = 0;
  for (int bits = 0; bits < 65536; ++bits) {
    const float value = values[static_cast<std::size_t>(bits)], expected = half_by_definition(bits);
    const bool same = value == expected && std::signbit(value) == std::signbit(expected);
    wrong += !same && !(std::isnan(value) && std::isnan(expected));
  }
  EXPECT_EQ(wrong, 0);
}

TEST(AsFloat, Bfloat16IsTheUpperHalfOfAFloat) {
  const auto values =
      convert("BF16", 5, bytes_of<std::uint16_t>(0x3F80, 0xC040, 0x0001, 0x7F80, 0x7FC0)).values;
  EXPECT_THAT(std::vector<float>(values.begin(), values.begin() + 4),
              ElementsAre(1.0F, -3.0F, 0x1p-133F, INFINITY));
  EXPECT_TRUE(std::isnan(values[4]));
}

TEST(AsFloat, LongTensorsComeInParts) {
  constexpr std::size_t kCount = 300'000;
  std::string data;
  for (std::size_t i = 0; i < kCount; ++i) data += bytes_of(static_cast<double>(i));
  const Result result = convert("F64", kCount, data);
  EXPECT_GT(result.parts.size(), 1u);
  ASSERT_EQ(result.values.size(), kCount);
  EXPECT_EQ(result.values[kCount - 1], static_cast<float>(kCount - 1));
  EXPECT_EQ(result.values[131'072], 131'072.0F);
}

TEST(AsFloat, EmptyTensorsHaveNoParts) { EXPECT_TRUE(convert("F32", 0, "").parts.empty()); }

/// The formats by their definition (Micikevicius et al. 2022): sign, exponent (0 for denormals),
/// fraction. E4M3 has no infinities, and one NaN of each sign.
float eight_bit_by_definition(int bits, int fraction_bits, int bias, bool infinities) {
  const int fractions = 1 << fraction_bits, exponents = 128 / fractions;
  const int exponent = (bits & 127) / fractions, fraction = bits & (fractions - 1);
  const float sign = bits & 0x80 ? -1.0F : 1.0F;
  const bool last = exponent == exponents - 1;
  if (last && infinities) return fraction == 0 ? sign * INFINITY : NAN;
  if (last && fraction == fractions - 1) return NAN;
  if (exponent == 0)
    return sign * std::ldexp(static_cast<float>(fraction), 1 - bias - fraction_bits);
  return sign *
         std::ldexp(static_cast<float>(fractions + fraction), exponent - bias - fraction_bits);
}

TEST(AsFloat, EveryEightBitFloatIsExact) {
  std::string data;
  for (int bits = 0; bits < 256; ++bits) data += static_cast<char>(bits);
  struct Format {
    const char* name;
    int fraction_bits, bias;
    bool infinities;
  };
  for (const Format& format : {Format{"F8_E4M3", 3, 7, false}, Format{"F8_E4M3FN", 3, 7, false},
                               Format{"F8_E5M2", 2, 15, true}}) {
    const auto values = convert(format.name, 256, data).values;
    ASSERT_EQ(values.size(), 256u);
    for (int bits = 0; bits < 256; ++bits) {
      const float value = values[static_cast<std::size_t>(bits)];
      const float expected =
          eight_bit_by_definition(bits, format.fraction_bits, format.bias, format.infinities);
      const bool same = value == expected && std::signbit(value) == std::signbit(expected);
      EXPECT_TRUE(same || (std::isnan(value) && std::isnan(expected)))
          << format.name << " " << bits << ": " << value << " is not " << expected;
    }
  }
  EXPECT_EQ(convert("F8_E4M3", 1, "\x7E").values[0], 448);    // the largest
  EXPECT_EQ(convert("F8_E5M2", 1, "\x7B").values[0], 57344);  // the largest
}

TEST(AsFloat, AFileThatIsCutLaterIsAnErrorThatNamesTheTensor) {
  const testing::TempDir dir;
  const auto path = dir.write("m.safetensors", testing::file_of("layer.weight"));
  const auto file = open_safetensors(path);
  std::filesystem::resize_file(path, 20);
  const auto read = [&] {
    read_as_float(file, "layer.weight", file.tensors().at("layer.weight"), [](auto) {});
  };
  EXPECT_ERROR(Code::io_error, path.string(), (read(), 0));
  EXPECT_ERROR(Code::io_error, "(tensor \"layer.weight\")", (read(), 0));
}

}  // namespace
}  // namespace latentrt::io
