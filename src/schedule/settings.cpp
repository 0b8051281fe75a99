#include "schedule/settings.hpp"

#include <cmath>

#include "base/fail.hpp"
#include "base/quote.hpp"

namespace latentrt::schedule {
namespace {

Option empty_option(Option::Kind kind) {
  return {.kind = kind, .boolean = false, .number = 0, .text = {}, .numbers = {}};
}

Option flag_value(bool value) {
  Option option = empty_option(Option::Kind::boolean);
  option.boolean = value;
  return option;
}

Option number_value(double value) {
  Option option = empty_option(Option::Kind::number);
  option.number = value;
  return option;
}

Option text_value(std::string value) {
  Option option = empty_option(Option::Kind::text);
  option.text = std::move(value);
  return option;
}

std::string_view kind_name(Option::Kind kind) {
  switch (kind) {
    case Option::Kind::boolean:
      return "true or false";
    case Option::Kind::number:
      return "a number";
    case Option::Kind::text:
      return "a word";
    case Option::Kind::numbers:
      return "a list of numbers";
  }
  return "";
}

void check_number(std::string_view solver, const OptionSpec& spec, double value) {
  if (!(value >= spec.min && value <= spec.max)) {
    fail(Code::invalid_argument, "{} option {} = {} is outside {} to {}", solver, spec.key, value,
         spec.min, spec.max);
  }
  if (spec.whole && value != std::floor(value)) {
    fail(Code::invalid_argument, "{} option {} = {} is not a whole number", solver, spec.key,
         value);
  }
}

void check_text(std::string_view solver, const OptionSpec& spec, const std::string& value) {
  for (const std::string& choice : spec.choices) {
    if (value == choice) return;
  }
  fail(Code::unsupported, "{} option {} = {} is not supported; it can be {}", solver, spec.key,
       quote(value), fmt::join(spec.choices, ", "));
}

void check_flag(std::string_view solver, const OptionSpec& spec, bool value) {
  if (value && spec.only_false)
    fail(Code::unsupported, "{} option {} = true is not supported", solver, spec.key);
}

void check_value(std::string_view solver, const OptionSpec& spec, const Option& option) {
  if (option.kind != spec.kind) {
    fail(Code::invalid_argument, "{} option {} must be {}, not {}", solver, spec.key,
         kind_name(spec.kind), kind_name(option.kind));
  }
  switch (spec.kind) {
    case Option::Kind::boolean:
      return check_flag(solver, spec, option.boolean);
    case Option::Kind::number:
      return check_number(solver, spec, option.number);
    case Option::Kind::text:
      return check_text(solver, spec, option.text);
    case Option::Kind::numbers:
      for (const double value : option.numbers) check_number(solver, spec, value);
  }
}

OptionSpec bounded(std::string key, Option::Kind kind, double min, double max) {
  OptionSpec spec;
  spec.key = std::move(key);
  spec.kind = kind;
  spec.min = min;
  spec.max = max;
  return spec;
}

}  // namespace

OptionSpec flag_option(std::string key, bool fallback) {
  OptionSpec spec = bounded(std::move(key), Option::Kind::boolean, 0, 0);
  spec.fallback = flag_value(fallback);
  return spec;
}

OptionSpec unsupported_flag(std::string key) {
  OptionSpec spec = flag_option(std::move(key), false);
  spec.only_false = true;
  return spec;
}

OptionSpec number_option(std::string key, double fallback, double min, double max) {
  OptionSpec spec = optional_number(std::move(key), min, max);
  spec.fallback = number_value(fallback);
  return spec;
}

OptionSpec whole_option(std::string key, int fallback, int min, int max) {
  OptionSpec spec = number_option(std::move(key), fallback, min, max);
  spec.whole = true;
  return spec;
}

OptionSpec choice_option(std::string key, std::string fallback, std::vector<std::string> choices) {
  OptionSpec spec = bounded(std::move(key), Option::Kind::text, 0, 0);
  spec.fallback = text_value(std::move(fallback));
  spec.choices = std::move(choices);
  return spec;
}

OptionSpec optional_number(std::string key, double min, double max) {
  return bounded(std::move(key), Option::Kind::number, min, max);
}

OptionSpec optional_list(std::string key, double min, double max) {
  return bounded(std::move(key), Option::Kind::numbers, min, max);
}

std::vector<OptionSpec> joined(std::initializer_list<std::vector<OptionSpec>> lists) {
  std::vector<OptionSpec> all;
  for (const auto& list : lists) all.insert(all.end(), list.begin(), list.end());
  return all;
}

Settings::Settings(std::string_view solver, const std::vector<OptionSpec>& specs,
                   const Options& given)
    : solver_(solver) {
  for (const OptionSpec& spec : specs) {
    const auto found = given.find(spec.key);
    if (found != given.end()) {
      check_value(solver, spec, found->second);
      values_.emplace(spec.key, found->second);
    } else if (spec.fallback) {
      values_.emplace(spec.key, *spec.fallback);
    }
  }
}

const Option* Settings::find(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &found->second;
}

const Option& Settings::at(std::string_view key) const {
  if (const Option* option = find(key)) return *option;
  fail(Code::internal, "{} reads an option {} that it did not declare", solver_, key);
}

bool Settings::flag(std::string_view key) const { return at(key).boolean; }
bool Settings::is_on(std::string_view key) const {
  const Option* option = find(key);
  return option && option->boolean;
}
double Settings::number(std::string_view key) const { return at(key).number; }
int Settings::whole(std::string_view key) const { return static_cast<int>(at(key).number); }
const std::string& Settings::text(std::string_view key) const { return at(key).text; }

std::optional<double> Settings::given_number(std::string_view key) const {
  const Option* option = find(key);
  return option ? std::optional(option->number) : std::nullopt;
}

std::optional<std::vector<double>> Settings::given_list(std::string_view key) const {
  const Option* option = find(key);
  return option ? std::optional(option->numbers) : std::nullopt;
}

}  // namespace latentrt::schedule
