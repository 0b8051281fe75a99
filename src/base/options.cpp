#include "base/options.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/fail.hpp"
#include "base/lower.hpp"
#include "base/quote.hpp"

namespace latentrt {
namespace {

using Kind = OptionValue::Kind;

/// Parses the whole text as a number, independent of the locale.
std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<OptionValue> parse_list(std::string_view text) {
  std::vector<double> numbers;
  while (true) {
    const std::size_t slash = text.find('/');
    const auto number = parse_number(text.substr(0, slash));
    if (!number) return std::nullopt;
    numbers.push_back(*number);
    if (slash == std::string_view::npos) return list_value(std::move(numbers));
    text.remove_prefix(slash + 1);
  }
}

std::optional<OptionValue> parse_choice(const OptionSpec& spec, std::string_view text) {
  if (spec.choices.empty()) return text_value(std::string(text));
  for (const std::string& choice : spec.choices)
    if (lowered(choice) == lowered(text)) return text_value(choice);
  return std::nullopt;
}

std::optional<OptionValue> parse(const OptionSpec& spec, std::string_view text) {
  if (spec.kind == Kind::text) return parse_choice(spec, text);
  if (spec.kind == Kind::numbers) return parse_list(text);
  if (spec.kind == Kind::number) {
    const auto number = parse_number(text);
    return number ? std::optional(number_value(*number)) : std::nullopt;
  }
  const std::string word = lowered(text);
  if (word != "true" && word != "false") return std::nullopt;
  return boolean_value(word == "true");
}

bool number_fits(const OptionSpec& spec, double value) {
  return value >= spec.min && value <= spec.max && (!spec.whole || value == std::floor(value));
}

bool fits(const OptionSpec& spec, const OptionValue& value) {
  const auto number_is_valid = [&](double number) { return number_fits(spec, number); };
  if (value.kind != spec.kind) return false;
  switch (spec.kind) {
    case Kind::boolean:
      return !(value.boolean && spec.only_false);
    case Kind::number:
      return number_is_valid(value.number);
    case Kind::text:
      return spec.choices.empty() ||
             std::ranges::find(spec.choices, value.text) != spec.choices.end();
    case Kind::numbers:
      return std::ranges::all_of(value.numbers, number_is_valid);
  }
  return false;
}

std::string range(const OptionSpec& spec) {
  if (std::isinf(spec.min)) return fmt::format("up to {}", spec.max);
  return fmt::format("from {} to {}", spec.min, spec.max);
}

/// Puts an empty text in quotes, which would be invisible otherwise.
std::string listed(std::vector<std::string> choices) {
  std::replace(choices.begin(), choices.end(), std::string(), std::string("\"\""));
  return fmt::format("{}", fmt::join(choices, ", "));
}

/// Describes the valid values, as in "x is not ...".
std::string values_in_words(const OptionSpec& spec) {
  const char* const whole = spec.whole ? "whole " : "";
  switch (spec.kind) {
    case Kind::boolean:
      return "true or false";
    case Kind::number:
      return fmt::format("a {}number {}", whole, range(spec));
    case Kind::text:
      return spec.choices.empty() ? "a text" : "one of " + listed(spec.choices);
    case Kind::numbers:
      return fmt::format("{}numbers {}, separated by /", whole, range(spec));
  }
  return "";
}

std::string type_name(const OptionSpec& spec) {
  switch (spec.kind) {
    case Kind::boolean:
      return "boolean";
    case Kind::number:
      return spec.whole ? "integer" : "number";
    case Kind::text:
      return spec.choices.empty() ? "text" : "choice";
    case Kind::numbers:
      return spec.whole ? "integers" : "numbers";
  }
  return "";
}

OptionInfo describe(const OptionSpec& spec) {
  OptionInfo info{.key = spec.key,
                  .type = type_name(spec),
                  .values = values_in_words(spec),
                  .choices = spec.choices,
                  .help = spec.help};
  const bool has_range = spec.kind == Kind::number || spec.kind == Kind::numbers;
  if (has_range && std::isfinite(spec.min)) info.min = spec.min;
  if (has_range && std::isfinite(spec.max)) info.max = spec.max;
  if (spec.fallback) info.default_value = to_text(*spec.fallback);
  return info;
}

/// In alphabetical order.
std::string known_keys(const std::vector<OptionSpec>& specs) {
  std::vector<std::string> keys;
  for (const OptionSpec& spec : specs)
    if (!spec.only_false) keys.push_back(spec.key);
  std::ranges::sort(keys);
  return keys.empty() ? "none" : fmt::format("{}", fmt::join(keys, ", "));
}

[[noreturn]] void refuse(Code code, std::string_view owner, const OptionSpec& spec,
                         std::string_view value) {
  fail(code, "{}: {}={} is not {}", owner, spec.key, value,
       spec.only_false ? "supported" : values_in_words(spec));
}

OptionSpec bounded(std::string key, Kind kind, double min, double max, std::string help) {
  OptionSpec spec{.key = std::move(key), .kind = kind, .help = std::move(help)};
  spec.min = min;
  spec.max = max;
  return spec;
}

}  // namespace

OptionValue boolean_value(bool value) { return {.kind = Kind::boolean, .boolean = value}; }
OptionValue number_value(double value) { return {.kind = Kind::number, .number = value}; }
OptionValue text_value(std::string value) { return {.kind = Kind::text, .text = std::move(value)}; }
OptionValue list_value(std::vector<double> values) {
  return {.kind = Kind::numbers, .numbers = std::move(values)};
}

std::string to_text(const OptionValue& value) {
  switch (value.kind) {
    case Kind::boolean:
      return value.boolean ? "true" : "false";
    case Kind::number:
      return fmt::format("{}", value.number);
    case Kind::text:
      return value.text;
    case Kind::numbers:
      return fmt::format("{}", fmt::join(value.numbers, "/"));
  }
  return "";
}

OptionSpec flag_option(std::string key, bool fallback, std::string help) {
  OptionSpec spec = bounded(std::move(key), Kind::boolean, 0, 0, std::move(help));
  spec.fallback = boolean_value(fallback);
  return spec;
}

OptionSpec unsupported_flag(std::string key) {
  OptionSpec spec = flag_option(std::move(key), false, "");
  spec.only_false = true;
  return spec;
}

OptionSpec number_option(std::string key, double fallback, double min, double max,
                         std::string help) {
  OptionSpec spec = optional_number(std::move(key), min, max, std::move(help));
  spec.fallback = number_value(fallback);
  return spec;
}

OptionSpec whole_option(std::string key, int fallback, int min, int max, std::string help) {
  OptionSpec spec = number_option(std::move(key), fallback, min, max, std::move(help));
  spec.whole = true;
  return spec;
}

OptionSpec choice_option(std::string key, std::string fallback, std::vector<std::string> choices,
                         std::string help) {
  OptionSpec spec = text_option(std::move(key), std::move(fallback), std::move(help));
  spec.choices = std::move(choices);
  return spec;
}

OptionSpec text_option(std::string key, std::string fallback, std::string help) {
  OptionSpec spec = bounded(std::move(key), Kind::text, 0, 0, std::move(help));
  spec.fallback = text_value(std::move(fallback));
  return spec;
}

OptionSpec optional_number(std::string key, double min, double max, std::string help) {
  return bounded(std::move(key), Kind::number, min, max, std::move(help));
}

OptionSpec optional_list(std::string key, double min, double max, std::string help) {
  return bounded(std::move(key), Kind::numbers, min, max, std::move(help));
}

OptionSpec whole_list_option(std::string key, const std::vector<int>& fallback, int min, int max,
                             std::string help) {
  OptionSpec spec = optional_list(std::move(key), min, max, std::move(help));
  spec.whole = true;
  if (!fallback.empty()) spec.fallback = list_value({fallback.begin(), fallback.end()});
  return spec;
}

std::vector<OptionSpec> joined(std::initializer_list<std::vector<OptionSpec>> lists) {
  std::vector<OptionSpec> all;
  for (const auto& list : lists) all.insert(all.end(), list.begin(), list.end());
  return all;
}

void check_option(std::string_view owner, const OptionSpec& spec, const OptionValue& value) {
  if (fits(spec, value)) return;
  const bool right_kind = value.kind == spec.kind;
  if (right_kind && spec.kind == Kind::numbers) {
    const auto wrong = std::ranges::find_if_not(
        value.numbers, [&](double number) { return number_fits(spec, number); });
    fail(Code::invalid_argument, "{}: {} contains {}; it takes {}", owner, spec.key, *wrong,
         values_in_words(spec));
  }
  const bool is_name = spec.kind == Kind::text || spec.kind == Kind::boolean;
  const bool is_plain = value.kind == Kind::boolean || value.kind == Kind::number;
  const std::string text = to_text(value);
  refuse(right_kind && is_name ? Code::unsupported : Code::invalid_argument, owner, spec,
         is_plain ? text : quote(text));
}

OptionValues parse_options(const std::vector<OptionSpec>& specs, const Spec& given) {
  OptionValues values;
  for (const auto& [key, text] : given.options) {
    const auto spec = std::ranges::find(specs, key, &OptionSpec::key);
    if (spec == specs.end()) {
      fail(Code::invalid_argument, "{} has no option {}; it has {}", given.name, quote(key),
           known_keys(specs));
    }
    auto value = parse(*spec, text);
    if (!value || !fits(*spec, *value))
      refuse(Code::invalid_argument, given.name, *spec, quote(text));
    values.emplace(key, std::move(*value));
  }
  return values;
}

std::vector<OptionInfo> describe(const std::vector<OptionSpec>& specs) {
  std::vector<OptionInfo> infos;
  for (const OptionSpec& spec : specs)
    if (!spec.only_false) infos.push_back(describe(spec));
  return infos;
}

}  // namespace latentrt
