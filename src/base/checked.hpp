#pragma once
/// Arithmetic on untrusted integers: returns nothing instead of a wrapped result.

#include <concepts>
#include <optional>

namespace latentrt {

template <std::integral T>
std::optional<T> checked_add(T a, T b) noexcept {
  T sum{};
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

template <std::integral T>
std::optional<T> checked_mul(T a, T b) noexcept {
  T product{};
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

}  // namespace latentrt
