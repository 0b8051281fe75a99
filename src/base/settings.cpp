#include "base/settings.hpp"

#include "base/fail.hpp"

namespace latentrt {

Settings::Settings(std::string_view owner, const std::vector<OptionSpec>& specs,
                   const OptionValues& given)
    : owner_(owner) {
  for (const OptionSpec& spec : specs) {
    const auto found = given.find(spec.key);
    if (found != given.end()) {
      check_option(owner, spec, found->second);
      values_.emplace(spec.key, found->second);
      given_.insert(spec.key);
    } else if (spec.fallback) {
      values_.emplace(spec.key, *spec.fallback);
    }
  }
}

Settings::Settings(const std::vector<OptionSpec>& specs, const Spec& given)
    : Settings(given.name, specs, parse_options(specs, given)) {}

const OptionValue* Settings::find(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &found->second;
}

const OptionValue& Settings::at(std::string_view key) const {
  if (const OptionValue* option = find(key)) return *option;
  fail(Code::internal, "{} reads an option {} that it did not declare", owner_, key);
}

bool Settings::is_given(std::string_view key) const { return given_.contains(key); }
bool Settings::flag(std::string_view key) const { return at(key).boolean; }
bool Settings::is_on(std::string_view key) const {
  const OptionValue* option = find(key);
  return option && option->boolean;
}
double Settings::number(std::string_view key) const { return at(key).number; }
int Settings::whole(std::string_view key) const { return static_cast<int>(at(key).number); }
const std::string& Settings::text(std::string_view key) const { return at(key).text; }

std::optional<double> Settings::given_number(std::string_view key) const {
  const OptionValue* option = find(key);
  return option ? std::optional(option->number) : std::nullopt;
}

std::optional<std::vector<double>> Settings::given_list(std::string_view key) const {
  const OptionValue* option = find(key);
  return option ? std::optional(option->numbers) : std::nullopt;
}

}  // namespace latentrt
