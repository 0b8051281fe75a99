#pragma once
/// The only parser of numbers in the programs: decimal, independent of the locale, and the whole
/// text.

#include <charconv>
#include <cmath>
#include <concepts>
#include <optional>
#include <string_view>

namespace latentrt::cli {

/// Nothing for a value out of the type's range, other characters, NaN and infinity; and for
/// integers with leading zeros, which other programs read as octal.
template <class Number>
std::optional<Number> parse_decimal(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  if constexpr (std::floating_point<Number>) {
    if (!std::isfinite(number)) return std::nullopt;
  } else {
    const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
    if (digits.size() > 1 && digits.starts_with('0')) return std::nullopt;
  }
  return number;
}

}  // namespace latentrt::cli
