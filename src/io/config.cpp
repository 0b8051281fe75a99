#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/fail.hpp"
#include "base/utf8.hpp"
#include "io/json.hpp"
#include "io/python_json.hpp"

namespace latentrt::io {
namespace {

using Json = nlohmann::ordered_json;

constexpr JsonLimits kLimits{.max_bytes = 4u << 20, .max_values = 200'000};
constexpr std::size_t kMaxName = 256;  ///< bytes of the name of a class or a choice

/// Truncates values in error sentences: a hostile file must not flood the terminal.
std::string shown(const Json& value) {
  constexpr std::size_t kMaxShown = 80;
  std::string text = value.dump(-1, ' ', true);
  return text.size() <= kMaxShown ? text : text.substr(0, kMaxShown) + "...";
}

/// One value of a file, with the names that its error sentences need.
struct Field {
  const std::string& file;
  std::string_view key;
  const Json& value;

  [[noreturn]] void refuse(std::string_view expected) const {
    fail(Code::invalid_argument, "{}: {} is {}, expected {}", file, key, shown(value), expected);
  }
};

bool fits(const Json& value, std::int64_t min, std::int64_t max) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    return std::cmp_greater_equal(number, min) && std::cmp_less_equal(number, max);
  }
  return value.is_number_integer() && value.get<std::int64_t>() >= min &&
         value.get<std::int64_t>() <= max;
}

std::int64_t integer_from(const Field& field, std::int64_t min, std::int64_t max) {
  if (!fits(field.value, min, max)) field.refuse(fmt::format("an integer from {} to {}", min, max));
  return field.value.get<std::int64_t>();
}

double number_from(const Field& field, double min, double max) {
  const double number = field.value.is_number() ? field.value.get<double>() : min;
  if (!field.value.is_number() || number < min || number > max) {
    field.refuse(fmt::format("a number from {} to {}", min, max));
  }
  return number;
}

bool is_name(const Json& value) {
  if (!value.is_string()) return false;
  const auto& text = value.get_ref<const std::string&>();
  return text.size() <= kMaxName && !has_control_characters(text);
}

std::string string_from(const Field& field, std::string_view expected) {
  if (!is_name(field.value)) field.refuse(expected);
  return field.value.get<std::string>();
}

/// Converts every item of a list of min_count to max_count items by `read(item)`.
template <class T, class Read>
std::vector<T> list_from(const Field& field, std::size_t min_count, std::size_t max_count,
                         std::string_view expected, Read read) {
  const bool valid =
      field.value.is_array() && field.value.size() >= min_count && field.value.size() <= max_count;
  if (!valid) field.refuse(expected);
  std::vector<T> list;
  for (const Json& item : field.value) list.push_back(read(Field{field.file, field.key, item}));
  return list;
}

}  // namespace

struct Config::Members : std::map<std::string, Json, std::less<>> {};

Config::Config(std::string name, std::shared_ptr<const Members> members)
    : name_(std::move(name)), members_(std::move(members)) {}

Config Config::load(const std::filesystem::path& file) {
  return from_text(read_text_file(file, kLimits.max_bytes), file.string());
}

Config Config::from_text(std::string_view text, std::string_view name) {
  Json json = parse_json(without_minus_infinity(text), name, kLimits);
  if (!json.is_object()) fail(Code::bad_file, "{} is not a JSON object", name);
  auto members = std::make_shared<Members>();
  for (auto& [key, value] : json.get_ref<Json::object_t&>())
    members->emplace(key, std::move(value));
  return {std::string(name), std::move(members)};
}

const Json* Config::find(std::string_view key) const {
  const auto found = members_->find(key);
  return found == members_->end() || found->second.is_null() ? nullptr : &found->second;
}

bool Config::has(std::string_view key) const { return find(key) != nullptr; }

std::string Config::json_text(std::string_view key) const {
  const Json* value = find(key);
  return value ? value->dump(-1, ' ', true) : "";
}

std::string Config::shown_text(std::string_view key) const {
  const Json* value = find(key);
  return value ? shown(*value) : "null";
}

std::int64_t Config::integer(std::string_view key, std::int64_t fallback, std::int64_t min,
                             std::int64_t max) const {
  const Json* value = find(key);
  return value ? integer_from({name_, key, *value}, min, max) : fallback;
}

double Config::number(std::string_view key, double fallback, double min, double max) const {
  const Json* value = find(key);
  return value ? number_from({name_, key, *value}, min, max) : fallback;
}

bool Config::boolean(std::string_view key, bool fallback) const {
  const Json* value = find(key);
  if (value && !value->is_boolean()) Field{name_, key, *value}.refuse("true or false");
  return value ? value->get<bool>() : fallback;
}

std::string Config::string(std::string_view key, std::string_view fallback) const {
  constexpr std::string_view kExpected = "a string of at most 256 bytes without control characters";
  const Json* value = find(key);
  return value ? string_from({name_, key, *value}, kExpected) : std::string(fallback);
}

std::vector<std::string> Config::strings(std::string_view key,
                                         std::vector<std::string> fallback) const {
  constexpr std::string_view kExpected =
      "a list of strings of at most 256 bytes without control characters";
  const Json* value = find(key);
  if (!value) return fallback;
  return list_from<std::string>({name_, key, *value}, 0, SIZE_MAX, kExpected,
                                [&](const Field& item) { return string_from(item, kExpected); });
}

std::vector<double> Config::numbers(std::string_view key, std::vector<double> fallback, double min,
                                    double max) const {
  const Json* value = find(key);
  if (!value) return fallback;
  return list_from<double>({name_, key, *value}, 0, SIZE_MAX, "a list of numbers",
                           [&](const Field& item) { return number_from(item, min, max); });
}

std::vector<std::int64_t> Config::integer_list(std::string_view key,
                                               std::vector<std::int64_t> fallback,
                                               std::size_t max_count, std::int64_t min,
                                               std::int64_t max) const {
  const Json* value = find(key);
  if (!value) return fallback;
  return list_from<std::int64_t>({name_, key, *value}, 1, max_count,
                                 fmt::format("a list of 1 to {} integers", max_count),
                                 [&](const Field& item) { return integer_from(item, min, max); });
}

std::vector<std::int64_t> Config::integers(std::string_view key, std::vector<std::int64_t> fallback,
                                           std::size_t count, std::int64_t min,
                                           std::int64_t max) const {
  const Json* value = find(key);
  if (value && value->is_array()) {
    return list_from<std::int64_t>({name_, key, *value}, count, count,
                                   fmt::format("an integer or a list of {} of them", count),
                                   [&](const Field& item) { return integer_from(item, min, max); });
  }
  if (value) fallback = {integer_from({name_, key, *value}, min, max)};
  if (fallback.size() == 1) fallback.resize(count, fallback.front());
  if (fallback.size() != count) {
    fail(Code::invalid_argument, "{}: {} is missing, and there is no default for {} levels", name_,
         key, count);
  }
  return fallback;
}

std::vector<std::string> Config::keys() const {
  std::vector<std::string> names;
  for (const auto& [key, value] : *members_) names.push_back(key);
  return names;
}

}  // namespace latentrt::io
