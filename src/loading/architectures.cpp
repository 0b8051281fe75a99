#include "loading/architectures.hpp"

#include <algorithm>

#include "base/fail.hpp"

namespace latentrt::pipeline {
namespace {

io::Config config_of(const Architecture& architecture, const std::string& component,
                     const std::string& json) {
  return io::Config::from_text(json, architecture.name + "/" + component);
}

bool has(const Architecture& architecture, const ComponentPlace& place) {
  return std::ranges::count(architecture.components, place.name, &ConfigText::component) > 0;
}

Component component_of(const ComponentPlace& place, const Architecture& architecture) {
  const auto text = std::ranges::find(architecture.components, place.name, &ConfigText::component);
  if (text == architecture.components.end())
    fail(Code::not_found, "{}: component '{}' is missing", architecture.name, place.name);
  return read_component(place, require_class(place, text->class_name, architecture.name),
                        config_of(architecture, place.name, text->json));
}

}  // namespace

ModelConfigs configs_of(const FamilyPtr& family, const Architecture& architecture) {
  ModelConfigs configs;
  configs.class_name = family->class_names.front();
  configs.family = family;
  configs.flags = family->flags;
  configs.scheduler = scheduler_of(config_of(architecture, "scheduler", architecture.scheduler));
  for (const ComponentPlace& place : family->components) {
    const bool optional = place.use == Use::text_encoder;
    if (!optional || has(architecture, place))
      configs.components.push_back(component_of(place, architecture));
  }
  return configs;
}

ModelConfigs published_configs(const FamilyTable& table, std::string_view architecture) {
  const FoundArchitecture found = table.architecture(architecture);
  return configs_of(found.family, *found.architecture);
}

}  // namespace latentrt::pipeline
