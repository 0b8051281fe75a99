#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/fail.hpp"
#include "io/json.hpp"

namespace latentrt::io {
namespace {

using Json = nlohmann::ordered_json;

/// Values in error sentences are cut: a hostile file must not fill the terminal.
std::string shown(const Json& value) {
  constexpr std::size_t kMaxShown = 80;
  std::string text = value.dump(-1, ' ', true);
  return text.size() <= kMaxShown ? text : text.substr(0, kMaxShown) + "...";
}

[[noreturn]] void refuse(const std::string& file, std::string_view key, const Json& value, std::string_view expected) {
  fail(Code::invalid_argument, "{}: {} is {}, expected {}", file, key, shown(value), expected);
}

std::int64_t checked_integer(const std::string& file, std::string_view key, const Json& value, std::int64_t min,
                             std::int64_t max) {
  const bool fits = value.is_number_unsigned() ? value.get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX)
                                               : value.is_number_integer();
  if (fits && value.get<std::int64_t>() >= min && value.get<std::int64_t>() <= max) return value.get<std::int64_t>();
  refuse(file, key, value, fmt::format("an integer from {} to {}", min, max));
}

double checked_number(const std::string& file, std::string_view key, const Json& value, double min, double max) {
  if (value.is_number() && value.get<double>() >= min && value.get<double>() <= max) return value.get<double>();
  refuse(file, key, value, fmt::format("a number from {} to {}", min, max));
}

}  // namespace

Config::Config(std::string name, std::shared_ptr<const Json> object) : name_(std::move(name)), object_(std::move(object)) {}

Config Config::load(const std::filesystem::path& file) {
  return from_text(read_text_file(file, JsonLimits{}.max_bytes), file.string());
}

Config Config::from_text(std::string_view text, std::string_view name) {
  auto object = std::make_shared<const Json>(parse_json(text, name));
  if (!object->is_object()) fail(Code::bad_file, "{} is not a JSON object", name);
  return {std::string(name), std::move(object)};
}

bool Config::has(std::string_view key) const {
  const auto found = object_->find(key);
  return found != object_->end() && !found->is_null();
}

std::string Config::json_text(std::string_view key) const { return has(key) ? object_->find(key)->dump(-1, ' ', true) : ""; }

std::int64_t Config::integer(std::string_view key, std::int64_t fallback, std::int64_t min, std::int64_t max) const {
  return has(key) ? checked_integer(name_, key, *object_->find(key), min, max) : fallback;
}

double Config::number(std::string_view key, double fallback, double min, double max) const {
  return has(key) ? checked_number(name_, key, *object_->find(key), min, max) : fallback;
}

bool Config::boolean(std::string_view key, bool fallback) const {
  if (!has(key)) return fallback;
  const Json& value = *object_->find(key);
  if (!value.is_boolean()) refuse(name_, key, value, "true or false");
  return value.get<bool>();
}

std::string Config::string(std::string_view key, std::string_view fallback) const {
  if (!has(key)) return std::string(fallback);
  const Json& value = *object_->find(key);
  if (!value.is_string()) refuse(name_, key, value, "a string");
  return value.get<std::string>();
}

std::vector<std::string> Config::strings(std::string_view key, std::vector<std::string> fallback) const {
  if (!has(key)) return fallback;
  const Json& value = *object_->find(key);
  std::vector<std::string> list;
  if (!value.is_array()) refuse(name_, key, value, "a list of strings");
  for (const Json& item : value) {
    if (!item.is_string()) refuse(name_, key, value, "a list of strings");
    list.push_back(item.get<std::string>());
  }
  return list;
}

std::vector<double> Config::numbers(std::string_view key, std::vector<double> fallback, double min, double max) const {
  if (!has(key)) return fallback;
  const Json& value = *object_->find(key);
  if (!value.is_array()) refuse(name_, key, value, "a list of numbers");
  std::vector<double> list;
  for (const Json& item : value) list.push_back(checked_number(name_, key, item, min, max));
  return list;
}

std::vector<std::int64_t> Config::integer_list(std::string_view key, std::vector<std::int64_t> fallback,
                                               std::size_t max_count, std::int64_t min, std::int64_t max) const {
  if (!has(key)) return fallback;
  const Json& value = *object_->find(key);
  if (!value.is_array() || value.empty() || value.size() > max_count) {
    refuse(name_, key, value, fmt::format("a list of 1 to {} integers", max_count));
  }
  std::vector<std::int64_t> list;
  for (const Json& item : value) list.push_back(checked_integer(name_, key, item, min, max));
  return list;
}

std::vector<std::int64_t> Config::integers(std::string_view key, std::vector<std::int64_t> fallback, std::size_t count,
                                           std::int64_t min, std::int64_t max) const {
  std::vector<std::int64_t> list = fallback;
  if (has(key)) {
    const Json& value = *object_->find(key);
    list = value.is_array() ? integer_list(key, {}, count, min, max)
                            : std::vector<std::int64_t>{checked_integer(name_, key, value, min, max)};
  }
  if (list.size() == 1) list.resize(count, list.front());
  if (list.size() != count) {
    fail(Code::invalid_argument, "{}: {} has {} entries, expected one or {}", name_, key, list.size(), count);
  }
  return list;
}

std::vector<std::string> Config::keys() const {
  std::vector<std::string> names;
  for (const auto& [key, value] : object_->items()) names.push_back(key);
  return names;
}

}  // namespace latentrt::io
