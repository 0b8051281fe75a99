#pragma once
/// Element types that a safetensors file may hold (a closed list: anything else is refused).

#include <cstddef>
#include <string_view>

namespace latentrt::io {

enum class Dtype {
  boolean,
  u8,
  i8,
  f8_e4m3,  ///< without infinities (E4M3FN)
  f8_e5m2,
  i16,
  u16,
  f16,
  bf16,
  i32,
  u32,
  f32,
  i64,
  u64,
  f64
};

/// The name used in files ("F16"), and the size of one element in bytes.
std::string_view name_of(Dtype dtype) noexcept;
std::size_t size_of(Dtype dtype) noexcept;

/// Throws Error(bad_file) if the name is not in the list.
Dtype dtype_from_name(std::string_view name);

}  // namespace latentrt::io
