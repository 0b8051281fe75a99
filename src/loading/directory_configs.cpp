#include <algorithm>
#include <optional>
#include <utility>

#include "base/fail.hpp"
#include "loading/model_sources.hpp"

namespace latentrt::pipeline {
namespace {

using io::ModelDirectory;

FamilyPtr family_of(const FamilyTable& table, const ModelDirectory& directory) {
  if (FamilyPtr family = table.of_class(directory.pipeline_class())) return family;
  fail(Code::unsupported, "{}: pipeline class {} is not supported; it is one of {}",
       directory.path().string(), directory.pipeline_class(), fmt::join(table.class_names(), ", "));
}

/// With the first of its names that the directory has.
ComponentPlace named_in(const ModelDirectory& directory, ComponentPlace place) {
  if (!directory.has(place.name) && directory.has(place.other_name))
    std::swap(place.name, place.other_name);
  return place;
}

std::optional<io::Config> written_config(const ModelDirectory& directory,
                                         const std::string& component) {
  std::error_code ignored;
  if (!std::filesystem::exists(directory.folder(component) / "config.json", ignored))
    return std::nullopt;
  return directory.config(component);
}

io::Config config_of(const ModelDirectory& directory, const std::string& component,
                     const ComponentClass& of_class, const std::string& variant) {
  if (!of_class.completed) return directory.config(component);
  return of_class.completed({.index = directory.index(),
                             .config = written_config(directory, component),
                             .weights = directory.weights(component, variant)});
}

Component component_in(const ModelDirectory& directory, const ComponentPlace& place,
                       const std::string& variant) {
  if (!directory.has(place.name)) {
    fail(Code::not_found, "{}: component '{}' is missing", directory.path().string(), place.name);
  }
  const std::string& class_name = directory.components().at(place.name).class_name;
  const ComponentClass& of_class = require_class(place, class_name, directory.path().string());
  return read_component(place, of_class, config_of(directory, place.name, of_class, variant));
}

/// Whether the directory has the component, with a class that the family accepts.
bool is_known(const ModelDirectory& directory, const ComponentPlace& place) {
  std::error_code ignored;
  const auto found = directory.components().find(place.name);
  return found != directory.components().end() && find_class(place, found->second.class_name) &&
         std::filesystem::is_directory(directory.path() / place.name, ignored);
}

std::map<std::string, bool> flags_in(const ModelDirectory& directory, const Family& family) {
  std::map<std::string, bool> flags = family.flags;
  for (auto& [name, value] : flags) value = directory.index().boolean(name, value);
  return flags;
}

}  // namespace

ModelConfigs read_configs(const FamilyTable& table, const ModelDirectory& directory,
                          const PipelineOptions& options) {
  const bool needs_vae = options.vae.empty();
  ModelConfigs configs;
  configs.family = family_of(table, directory);
  configs.class_name = directory.pipeline_class();
  for (const ComponentPlace& each : configs.family->components) {
    const ComponentPlace place = named_in(directory, each);
    const bool needed = needs_vae || place.use != Use::autoencoder;
    if (needed || is_known(directory, place))
      configs.components.push_back(component_in(directory, place, options.variant));
  }
  configs.scheduler = scheduler_of(directory.config("scheduler"));
  configs.flags = flags_in(directory, *configs.family);
  return configs;
}

}  // namespace latentrt::pipeline
