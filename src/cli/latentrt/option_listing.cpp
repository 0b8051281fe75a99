#include "cli/latentrt/option_listing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

namespace latentrt::cli {
namespace {

constexpr std::size_t kColumns = 80;

/// Wraps the words of the text; each line begins at column `indent`, the first one after `head`.
std::string wrapped(std::string_view head, std::size_t indent, std::string_view text) {
  std::string lines, line = fmt::format("{:<{}}", head, indent);
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    const bool is_first = line.size() == indent;
    if (!is_first && line.size() + 1 + word.size() > kColumns) {
      lines += line + '\n';
      line = std::string(indent, ' ');
    } else if (!is_first) {
      line += ' ';
    }
    line += word;
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  return lines + line + '\n';
}

/// "Help. A whole number from 1 to 9; default 3."
std::string paragraph(const OptionInfo& option) {
  std::string values = option.values;
  if (values.front() >= 'a' && values.front() <= 'z')
    values.front() = static_cast<char>(values.front() - 'a' + 'A');
  const bool has_default = !option.default_value.value_or("").empty();
  return fmt::format("{}. {}{}.", option.help, values,
                     has_default ? "; default " + *option.default_value : "");
}

std::string to_text(const NamedOptions& named) {
  constexpr std::size_t kIndent = 2, kGap = 2;
  std::size_t longest = 0;
  for (const OptionInfo& option : named.options) longest = std::max(longest, option.key.size());
  std::string text = named.name + '\n' + wrapped("", kIndent, named.help + '.');
  for (const OptionInfo& option : named.options) {
    text += wrapped(std::string(2 * kIndent, ' ') + option.key, 2 * kIndent + longest + kGap,
                    paragraph(option));
  }
  if (named.options.empty()) text += wrapped("", 2 * kIndent, "It has no options.");
  return text;
}

/// Whole values as integers.
nlohmann::ordered_json bound(double value) {
  if (value == std::floor(value)) return static_cast<std::int64_t>(value);
  return value;
}

nlohmann::ordered_json to_json(const OptionInfo& option) {
  nlohmann::ordered_json json{{"type", option.type}};
  if (option.min) json["min"] = bound(*option.min);
  if (option.max) json["max"] = bound(*option.max);
  if (!option.choices.empty()) json["choices"] = option.choices;
  if (option.default_value) json["default"] = *option.default_value;
  json["help"] = option.help;
  return json;
}

}  // namespace

std::string to_text(const std::vector<NamedOptions>& all) {
  std::string text;
  for (const NamedOptions& named : all) text += (text.empty() ? "" : "\n") + to_text(named);
  return text;
}

nlohmann::ordered_json to_json(const std::vector<NamedOptions>& all) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const NamedOptions& named : all) {
    nlohmann::ordered_json options = nlohmann::ordered_json::object();
    for (const OptionInfo& option : named.options) options[option.key] = to_json(option);
    json[named.name] = {{"help", named.help}, {"options", std::move(options)}};
  }
  return json;
}

}  // namespace latentrt::cli
