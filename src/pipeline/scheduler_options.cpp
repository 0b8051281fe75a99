#include "pipeline/scheduler_options.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

namespace latentrt::pipeline {
namespace {

using schedule::Option;
using Json = nlohmann::json;

Option boolean_option(bool value) {
  return {.kind = Option::Kind::boolean, .boolean = value, .text = {}, .numbers = {}};
}
Option number_option(double value) {
  return {.kind = Option::Kind::number, .number = value, .text = {}, .numbers = {}};
}
Option text_option(std::string value) {
  return {.kind = Option::Kind::text, .text = std::move(value), .numbers = {}};
}
Option list_option(std::vector<double> value) {
  return {.kind = Option::Kind::numbers, .text = {}, .numbers = std::move(value)};
}

std::optional<Option> option_from_json(const Json& value) {
  if (value.is_boolean()) return boolean_option(value.get<bool>());
  if (value.is_number()) return number_option(value.get<double>());
  if (value.is_string()) return text_option(value.get<std::string>());
  const bool numbers = value.is_array() && std::all_of(value.begin(), value.end(),
                                                       [](const Json& v) { return v.is_number(); });
  if (numbers) return list_option(value.get<std::vector<double>>());
  return std::nullopt;
}

/// The whole text as a number, independent of the locale.
std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::vector<double>> parse_numbers(std::string_view text) {
  std::vector<double> numbers;
  while (true) {
    const std::size_t slash = text.find('/');
    const auto number = parse_number(text.substr(0, slash));
    if (!number) return std::nullopt;
    numbers.push_back(*number);
    if (slash == std::string_view::npos) return numbers;
    text.remove_prefix(slash + 1);
  }
}

Option option_from_text(const std::string& text) {
  if (text == "true" || text == "false") return boolean_option(text == "true");
  if (const auto number = parse_number(text)) return number_option(*number);
  if (auto numbers = parse_numbers(text)) return list_option(std::move(*numbers));
  return text_option(text);
}

}  // namespace

schedule::Options options_from_config(const io::Config& config) {
  schedule::Options options;
  for (const std::string& key : config.keys()) {
    if (key.starts_with('_') || !config.has(key)) continue;
    if (auto option = option_from_json(Json::parse(config.json_text(key))))
      options.emplace(key, std::move(*option));
  }
  return options;
}

schedule::Options options_from_spec(const Spec& spec) {
  schedule::Options options;
  for (const auto& [key, text] : spec.options) options.emplace(key, option_from_text(text));
  return options;
}

}  // namespace latentrt::pipeline
