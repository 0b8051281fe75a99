#include <algorithm>

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

Component component_in(const ModelDirectory& directory, const ComponentPlace& place) {
  if (!directory.has(place.name)) {
    fail(Code::not_found, "{}: component '{}' is missing", directory.path().string(), place.name);
  }
  const std::string& class_name = directory.components().at(place.name).class_name;
  const ComponentClass& of_class = require_class(place, class_name, directory.path().string());
  return read_component(place, of_class, directory.config(place.name));
}

/// Whether the directory has the component, of a class that the family takes.
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
                          bool needs_vae) {
  ModelConfigs configs;
  configs.family = family_of(table, directory);
  configs.class_name = directory.pipeline_class();
  for (const ComponentPlace& place : configs.family->components) {
    const bool needed = needs_vae || place.use != Use::autoencoder;
    if (needed || is_known(directory, place))
      configs.components.push_back(component_in(directory, place));
  }
  configs.scheduler = scheduler_of(directory.config("scheduler"));
  configs.flags = flags_in(directory, *configs.family);
  return configs;
}

}  // namespace latentrt::pipeline
