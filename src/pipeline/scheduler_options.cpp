#include "pipeline/scheduler_options.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

namespace latentrt::pipeline {
namespace {

using Json = nlohmann::json;

std::optional<OptionValue> value_from_json(const Json& value) {
  if (value.is_boolean()) return boolean_value(value.get<bool>());
  if (value.is_number()) return number_value(value.get<double>());
  if (value.is_string()) return text_value(value.get<std::string>());
  const bool numbers = value.is_array() && std::all_of(value.begin(), value.end(),
                                                       [](const Json& v) { return v.is_number(); });
  if (numbers) return list_value(value.get<std::vector<double>>());
  return std::nullopt;
}

}  // namespace

schedule::Options options_from_config(const io::Config& config) {
  schedule::Options options;
  for (const std::string& key : config.keys()) {
    if (key.starts_with('_') || !config.has(key)) continue;
    if (auto value = value_from_json(Json::parse(config.json_text(key))))
      options.emplace(key, std::move(*value));
  }
  return options;
}

}  // namespace latentrt::pipeline
