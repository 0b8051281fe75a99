#include "stream/json.hpp"

#include <string>
#include <utility>

#include "io/json_value.hpp"

namespace latentrt::pipeline {
namespace {

using Json = nlohmann::ordered_json;

/// Calls visit(key, field) for every field of an update that is an optional.
template <class Update, class Visit>
void for_each_change(Update& update, Visit&& visit) {
  visit("prompt", update.prompt);
  visit("negative", update.negative);
  visit("guidance", update.guidance);
  visit("delta", update.delta);
  visit("t_index", update.t_index);
  visit("seed", update.seed);
  visit("reduction", update.reduction);
}

}  // namespace

Json to_json(const StreamOptions& options) {
  Json json{{"stream", options.spec().to_string()},
            {"prompt", options.prompt},
            {"weighted_prompts", options.weighted_prompts},
            {"guidance", options.guidance},
            {"seed", options.seed},
            {"width", options.width},
            {"height", options.height}};
  if (options.negative) json["negative"] = *options.negative;
  return json;
}

StreamOptions stream_options_from(const Json& json, std::string_view where) {
  StreamOptions options;
  options.apply(Spec::parse(io::required_value<std::string>(json, "stream", where)));
  options.prompt = io::required_value<std::string>(json, "prompt", where);
  options.negative = io::optional_value<std::string>(json, "negative", where);
  options.weighted_prompts = io::required_value<bool>(json, "weighted_prompts", where);
  options.guidance = io::required_value<double>(json, "guidance", where);
  options.seed = io::required_value<std::uint64_t>(json, "seed", where);
  options.width = io::required_value<int>(json, "width", where);
  options.height = io::required_value<int>(json, "height", where);
  return options;
}

Json to_json(const StreamUpdate& update) {
  Json json = Json::object();
  for_each_change(update, [&](const char* key, const auto& value) {
    if (value) json[key] = *value;
  });
  if (update.immediate) json["immediate"] = true;
  if (update.ramp > 0) json["ramp"] = update.ramp;
  if (update.blend == PromptBlend::spherical) json["spherical"] = true;
  return json;
}

StreamUpdate stream_update_from(const Json& json, std::string_view where) {
  StreamUpdate update;
  for_each_change(update, [&]<class T>(const char* key, std::optional<T>& value) {
    value = io::optional_value<T>(json, key, where);
  });
  update.immediate = io::optional_value<bool>(json, "immediate", where).value_or(false);
  update.ramp = io::optional_value<int>(json, "ramp", where).value_or(0);
  if (io::optional_value<bool>(json, "spherical", where).value_or(false))
    update.blend = PromptBlend::spherical;
  return update;
}

}  // namespace latentrt::pipeline
