#include <array>
#include <latentrt/dtype.hpp>
#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"

namespace latentrt {
namespace {

constexpr std::array<std::pair<DType, std::string_view>, 5> kNames{{{DType::fp32, "fp32"},
                                                                    {DType::bf16, "bf16"},
                                                                    {DType::fp16, "fp16"},
                                                                    {DType::int8, "int8"},
                                                                    {DType::fp8, "fp8"}}};

}  // namespace

std::string_view name_of(DType dtype) noexcept {
  for (const auto& [value, name] : kNames) {
    if (value == dtype) return name;
  }
  return "?";
}

DType dtype_from_name(std::string_view name) {
  for (const auto& [value, known] : kNames) {
    if (known == name) return value;
  }
  fail(Code::invalid_argument, "unknown dtype {}: it is one of fp32, bf16, fp16, int8, fp8",
       quote(name));
}

}  // namespace latentrt
