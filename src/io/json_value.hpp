#pragma once
/// Members of a JSON object as C++ values.

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "base/fail.hpp"

namespace latentrt::io {

/// Nothing where the key is absent. Throws Error(bad_file) that begins with `where` for a value of another type.
template <class T>
std::optional<T> optional_value(const nlohmann::ordered_json& object, const char* key,
                                std::string_view where) {
  const auto found = object.find(key);
  if (found == object.end()) return std::nullopt;
  try {
    return found->template get<T>();
  } catch (const nlohmann::json::exception&) {
    fail(Code::bad_file, "{}: {:?} holds a value of the wrong type", where, key);
  }
}

/// Throws Error(bad_file) where the key is absent, too.
template <class T>
T required_value(const nlohmann::ordered_json& object, const char* key, std::string_view where) {
  if (auto value = optional_value<T>(object, key, where)) return *std::move(value);
  fail(Code::bad_file, "{}: {:?} is missing", where, key);
}

}  // namespace latentrt::io
