#include "components/checkpoint_layout.hpp"

#include <algorithm>

#include "base/fail.hpp"
#include "components/component.hpp"

namespace latentrt::pipeline {

const StoredComponent* CheckpointLayout::find(const ComponentPlace& place) const {
  const auto found = std::ranges::find_if(components, [&](const StoredComponent& stored) {
    return stored.name == place.name || stored.name == place.other_name;
  });
  return found == components.end() ? nullptr : &*found;
}

const StoredComponent& CheckpointLayout::component(std::string_view name) const {
  const auto found = std::ranges::find(components, name, &StoredComponent::name);
  if (found != components.end()) return *found;
  fail(Code::unsupported, "a checkpoint of {} in one file has no component '{}'", title, name);
}

}  // namespace latentrt::pipeline
