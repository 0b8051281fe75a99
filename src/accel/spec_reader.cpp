#include "accel/spec_reader.hpp"

#include <algorithm>
#include <charconv>

#include "base/fail.hpp"
#include "base/lower.hpp"
#include "base/quote.hpp"

namespace latentrt::accel {
namespace {

template <class Number>
std::optional<Number> parse(std::string_view text, Number min, Number max) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || !(value >= min && value <= max)) return std::nullopt;
  return value;
}

}  // namespace

const std::string* SpecReader::find(const std::string& key) {
  keys_.insert(key);
  const auto found = spec_.options.find(key);
  return found == spec_.options.end() ? nullptr : &found->second;
}

void SpecReader::refuse(const std::string& key, std::string_view expected) const {
  fail(Code::invalid_argument, "{}: {}={} is not {}", spec_.name, key, quote(spec_.options.at(key)),
       expected);
}

std::string SpecReader::text(const std::string& key, std::string_view fallback) {
  const std::string* given = find(key);
  return given ? *given : std::string(fallback);
}

std::string SpecReader::choice(const std::string& key, std::string_view fallback,
                               const std::vector<std::string>& choices) {
  const std::string* given = find(key);
  if (!given) return std::string(fallback);
  const std::string word = lowered(*given);
  if (std::find(choices.begin(), choices.end(), word) == choices.end())
    refuse(key, fmt::format("one of {}", fmt::join(choices, ", ")));
  return word;
}

int SpecReader::integer(const std::string& key, int fallback, int min, int max) {
  const std::string* given = find(key);
  if (!given) return fallback;
  const auto value = parse<int>(*given, min, max);
  if (!value) refuse(key, fmt::format("a whole number from {} to {}", min, max));
  return *value;
}

double SpecReader::number(const std::string& key, double fallback, double min, double max) {
  const std::string* given = find(key);
  if (!given) return fallback;
  const auto value = parse<double>(*given, min, max);
  if (!value) refuse(key, fmt::format("a number from {} to {}", min, max));
  return *value;
}

std::vector<int> SpecReader::integers(const std::string& key, int min, int max) {
  const std::string* given = find(key);
  std::vector<int> values;
  if (!given) return values;
  std::string_view rest = *given;
  while (true) {
    const std::size_t slash = rest.find('/');
    const auto value = parse<int>(rest.substr(0, slash), min, max);
    if (!value) refuse(key, fmt::format("whole numbers from {} to {}, separated by /", min, max));
    values.push_back(*value);
    if (slash == std::string_view::npos) return values;
    rest.remove_prefix(slash + 1);
  }
}

void SpecReader::finish() const {
  for (const auto& [key, value] : spec_.options) {
    if (keys_.contains(key)) continue;
    const std::string known = keys_.empty() ? "none" : fmt::format("{}", fmt::join(keys_, ", "));
    fail(Code::invalid_argument, "{} has no option {}; it has {}", spec_.name, quote(key), known);
  }
}

}  // namespace latentrt::accel
