#include "components/class_names.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "base/fail.hpp"
#include "base/quote.hpp"

namespace latentrt::pipeline {
namespace {

constexpr const char* kNames = "id2label";

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

/// Number of insertions, deletions and replacements between two texts (Levenshtein 1965).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t exchanged = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({exchanged, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

/// Names that contain the text come first, then those with the fewest differences.
std::vector<std::string> similar_names(const std::vector<std::string>& names,
                                       const std::string& text) {
  constexpr std::size_t kShown = 5, kLongest = 256;
  std::vector<std::pair<std::size_t, std::string>> ranked;
  const std::string wanted = text.substr(0, kLongest);
  for (const std::string& name : names) {
    const std::string other = lower(name).substr(0, kLongest);
    const bool contains = other.find(wanted) != std::string::npos;
    ranked.emplace_back(contains ? 0 : distance(other, wanted), name);
  }
  std::ranges::stable_sort(ranked, {}, &std::pair<std::size_t, std::string>::first);
  std::vector<std::string> nearest;
  for (std::size_t i = 0; i < std::min(kShown, ranked.size()); ++i)
    nearest.push_back(quote(ranked[i].second));
  return nearest;
}

[[noreturn]] void refuse_names(const io::Config& config, std::int64_t classes) {
  fail(Code::invalid_argument,
       "{}: {} does not name each of the {} classes, 0 to {}, which are the rows of the class "
       "embedder without its last",
       config.name(), kNames, classes, classes - 1);
}

}  // namespace

std::vector<std::string> read_class_names(const io::Config& config, std::int64_t classes) {
  if (!config.has(kNames)) return {};
  const auto json = nlohmann::ordered_json::parse(config.json_text(kNames));
  if (!json.is_object() || static_cast<std::int64_t>(json.size()) != classes)
    refuse_names(config, classes);
  std::vector<std::string> names(static_cast<std::size_t>(classes));
  for (const auto& [key, value] : json.items()) {
    const std::optional<std::int64_t> label = number_in(key);
    if (!label || *label < 0 || *label >= classes || !value.is_string())
      refuse_names(config, classes);
    const std::string text = value.get<std::string>();
    names[static_cast<std::size_t>(*label)] = text.substr(0, text.find(','));
  }
  return names;
}

void check_class_label(const Classes& classes, std::int64_t label) {
  if (label >= 0 && label < classes.count) return;
  fail(Code::invalid_argument, "class {} does not exist: the model has the classes 0 to {}", label,
       classes.count - 1);
}

std::int64_t none_of(const Classes& classes, bool needed) {
  if (needed && !classes.has_none) {
    fail(Code::unsupported,
         "the model was trained with a class for each picture: it needs a class, and guidance 1");
  }
  return classes.count;
}

std::int64_t find_class_label(const Classes& classes, std::string_view text) {
  if (const std::optional<std::int64_t> number = number_in(text)) {
    check_class_label(classes, *number);
    return *number;
  }
  const std::string wanted = lower(text);
  const auto found = std::ranges::find(classes.names, wanted, lower);
  if (found != classes.names.end()) return found - classes.names.begin();
  if (classes.names.empty()) {
    fail(Code::invalid_argument,
         "the model's classes have no names, so that {} is none: give a number from 0 to {}",
         quote(text), classes.count - 1);
  }
  fail(Code::invalid_argument, "the model has no class {}: similar ones are {}", quote(text),
       fmt::join(similar_names(classes.names, wanted), ", "));
}

}  // namespace latentrt::pipeline
