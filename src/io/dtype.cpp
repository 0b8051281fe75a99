#include "io/dtype.hpp"

#include <array>

#include "base/fail.hpp"
#include "base/quote.hpp"

namespace latentrt::io {
namespace {

struct Entry {
  Dtype dtype;
  std::string_view name;
  std::size_t bytes;
};

constexpr std::array<Entry, 15> kDtypes{{{Dtype::boolean, "BOOL", 1},
                                         {Dtype::u8, "U8", 1},
                                         {Dtype::i8, "I8", 1},
                                         {Dtype::f8_e4m3, "F8_E4M3", 1},
                                         {Dtype::f8_e5m2, "F8_E5M2", 1},
                                         {Dtype::i16, "I16", 2},
                                         {Dtype::u16, "U16", 2},
                                         {Dtype::f16, "F16", 2},
                                         {Dtype::bf16, "BF16", 2},
                                         {Dtype::i32, "I32", 4},
                                         {Dtype::u32, "U32", 4},
                                         {Dtype::f32, "F32", 4},
                                         {Dtype::i64, "I64", 8},
                                         {Dtype::u64, "U64", 8},
                                         {Dtype::f64, "F64", 8}}};

}  // namespace

/// The table is in the order of the enumeration.
std::string_view name_of(Dtype dtype) noexcept {
  return kDtypes[static_cast<std::size_t>(dtype)].name;
}
std::size_t size_of(Dtype dtype) noexcept { return kDtypes[static_cast<std::size_t>(dtype)].bytes; }

Dtype dtype_from_name(std::string_view name) {
  for (const Entry& entry : kDtypes) {
    if (entry.name == name) return entry.dtype;
  }
  if (name == "F8_E4M3FN") return Dtype::f8_e4m3;  // written by some programs
  fail(Code::bad_file, "unknown element type {}", quote(name));
}

}  // namespace latentrt::io
