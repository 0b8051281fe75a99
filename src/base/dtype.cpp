#include <array>
#include <latentrt/dtype.hpp>
#include <utility>

#include "base/fail.hpp"
#include "base/lower.hpp"
#include "base/quote.hpp"

namespace latentrt {
namespace {

constexpr std::array<std::pair<DType, std::string_view>, 5> kNames{{{DType::fp32, "fp32"},
                                                                    {DType::bf16, "bf16"},
                                                                    {DType::fp16, "fp16"},
                                                                    {DType::int8, "int8"},
                                                                    {DType::fp8, "fp8"}}};

/// Names that other programs use.
constexpr std::array<std::pair<DType, std::string_view>, 11> kSynonyms{
    {{DType::fp32, "float32"},
     {DType::fp32, "f32"},
     {DType::fp32, "float"},
     {DType::bf16, "bfloat16"},
     {DType::fp16, "float16"},
     {DType::fp16, "f16"},
     {DType::fp16, "half"},
     {DType::int8, "i8"},
     {DType::fp8, "float8"},
     {DType::fp8, "float8_e4m3fn"},
     {DType::fp8, "e4m3"}}};

}  // namespace

std::string_view name_of(DType dtype) noexcept {
  for (const auto& [value, name] : kNames) {
    if (value == dtype) return name;
  }
  return "?";
}

DType dtype_from_name(std::string_view name) {
  const std::string word = lowered(name);
  for (const auto& [value, known] : kNames) {
    if (known == word) return value;
  }
  for (const auto& [value, known] : kSynonyms) {
    if (known == word) return value;
  }
  fail(Code::invalid_argument, "unknown dtype {}: it is one of fp32, bf16, fp16, int8, fp8",
       quote(name));
}

}  // namespace latentrt
