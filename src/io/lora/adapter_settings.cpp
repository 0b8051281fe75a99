#include "io/lora/adapter_settings.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/fail.hpp"
#include "base/quote.hpp"

namespace latentrt::io {
namespace {

constexpr std::array<std::string_view, 3> kComponents{"unet", "text_encoder", "text_encoder_2"};
constexpr std::array<std::string_view, 3> kKinds{"LORA", "LOHA", "LOKR"};
/// Settings that change the meaning of the tensors.
constexpr std::array<std::string_view, 4> kUnsupported{
    "alora_invocation_tokens", "layer_replication", "use_bdlora", "use_qalora"};

constexpr double kLeastAlpha = 1e-9, kMostAlpha = 1e9;
constexpr double kLeastRank = 1, kMostRank = 1e6;

std::optional<double> number(const Config& config, const std::string& key, double least,
                             double most) {
  if (!config.has(key)) return std::nullopt;
  return config.number(key, least, least, most);
}

/// LoRA's own key, or that of LoHa and LoKr.
std::optional<double> alpha_of(const Config& config, const std::string& prefix) {
  const auto alpha = number(config, prefix + "lora_alpha", kLeastAlpha, kMostAlpha);
  return alpha ? alpha : number(config, prefix + "alpha", kLeastAlpha, kMostAlpha);
}

bool is_set(const Config& config, const std::string& key) {
  const std::string text = config.json_text(key);
  return !text.empty() && text != "false" && text != "[]" && text != "{}";
}

void check_kind(const Config& config, const std::string& prefix) {
  const std::string kind = config.string(prefix + "peft_type", "LORA");
  if (std::find(kKinds.begin(), kKinds.end(), kind) == kKinds.end()) {
    fail(Code::unsupported, "{}: {}peft_type is {}; it must be one of {}", config.name(), prefix,
         quote(kind), fmt::join(kKinds, ", "));
  }
  for (const std::string_view key : kUnsupported) {
    if (is_set(config, prefix + std::string(key)))
      fail(Code::unsupported, "{}: {}{} is not supported", config.name(), prefix, key);
  }
}

}  // namespace

bool is_adapted_component(std::string_view name) {
  return std::find(kComponents.begin(), kComponents.end(), name) != kComponents.end();
}

AdapterSettings::AdapterSettings(std::string_view text, const std::string& where) {
  const Config config = Config::from_text(text, where);
  bool bare = false;
  for (const std::string& key : config.keys()) {
    const std::string name = key.substr(0, key.find('.'));
    const bool prefixed = name.size() < key.size();
    bare = bare || !prefixed;
    if (prefixed && is_adapted_component(name) && !components_.contains(name))
      components_.emplace(name, component(config, name + "."));
  }
  if (bare) components_.emplace("", component(config, ""));
}

/// In the order of the file; the first match applies.
AdapterSettings::Patterns AdapterSettings::patterns(const Config& config, const std::string& key) {
  Patterns patterns;
  if (!is_set(config, key)) return patterns;
  const std::string text = config.json_text(key), where = config.name() + ": " + key;
  const Config values = Config::from_text(text, where);
  const bool ranks = key.ends_with("rank_pattern");
  const double least = ranks ? kLeastRank : kLeastAlpha, most = ranks ? kMostRank : kMostAlpha;
  const auto parsed = parse_json(text, where);
  for (const auto& [name, value] : parsed.items())
    patterns.emplace_back(NamePattern(name, where), values.number(name, least, least, most));
  return patterns;
}

AdapterSettings::Component AdapterSettings::component(const Config& config,
                                                      const std::string& prefix) {
  check_kind(config, prefix);
  const std::string bias = config.string(prefix + "bias", "none");
  return {
      .common = {.rank = number(config, prefix + "r", kLeastRank, kMostRank),
                 .alpha = alpha_of(config, prefix),
                 .root_of_rank = config.boolean(prefix + "use_rslora", false),
                 .dora = config.boolean(prefix + "use_dora", false),
                 .replaces_layers = bias != "none" || is_set(config, prefix + "modules_to_save")},
      .ranks = patterns(config, prefix + "rank_pattern"),
      .alphas = patterns(config, prefix + "alpha_pattern")};
}

ModuleSettings AdapterSettings::of(std::string_view component, std::string_view module) const {
  auto found = components_.find(component);
  if (found == components_.end()) found = components_.find("");
  if (found == components_.end()) return {};
  ModuleSettings settings = found->second.common;
  const auto take_first = [&](const Patterns& patterns, std::optional<double>& value) {
    const auto first = std::find_if(patterns.begin(), patterns.end(),
                                    [&](const auto& entry) { return entry.first.matches(module); });
    if (first != patterns.end()) value = first->second;
  };
  take_first(found->second.ranks, settings.rank);
  take_first(found->second.alphas, settings.alpha);
  return settings;
}

}  // namespace latentrt::io
