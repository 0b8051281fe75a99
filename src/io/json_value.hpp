#pragma once
/// Members of a JSON object as C++ values.

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fail.hpp"

namespace latentrt::io {

template <class T>
constexpr bool is_list = false;
template <class T>
constexpr bool is_list<std::vector<T>> = true;

/// Whether a JSON value fits the C++ type: a fraction does not fit an integer, nor does an integer
/// out of range.
template <class T>
bool holds(const nlohmann::ordered_json& value) {
  if constexpr (is_list<T>) {
    return value.is_array() &&
           std::all_of(value.begin(), value.end(), holds<typename T::value_type>);
  } else if constexpr (std::same_as<T, bool>) {
    return value.is_boolean();
  } else if constexpr (std::integral<T>) {
    if (value.is_number_unsigned()) return std::in_range<T>(value.template get<std::uint64_t>());
    return value.is_number_integer() && std::in_range<T>(value.template get<std::int64_t>());
  } else if constexpr (std::floating_point<T>) {
    return value.is_number();
  } else {
    static_assert(std::same_as<T, std::string>);
    return value.is_string();
  }
}

/// Nothing if the key is absent. Throws Error(bad_file) that begins with `where` for a value of
/// another type, or one that does not fit.
template <class T>
std::optional<T> optional_value(const nlohmann::ordered_json& object, const char* key,
                                std::string_view where) {
  const auto found = object.find(key);
  if (found == object.end()) return std::nullopt;
  if (holds<T>(*found)) return found->template get<T>();
  fail(Code::bad_file, "{}: {:?} holds a value of the wrong type", where, key);
}

/// As above, and also throws Error(bad_file) if the key is absent.
template <class T>
T required_value(const nlohmann::ordered_json& object, const char* key, std::string_view where) {
  if (auto value = optional_value<T>(object, key, where)) return *std::move(value);
  fail(Code::bad_file, "{}: {:?} is missing", where, key);
}

}  // namespace latentrt::io
