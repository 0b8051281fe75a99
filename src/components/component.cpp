#include "components/component.hpp"

#include <algorithm>

#include "base/fail.hpp"

namespace latentrt::pipeline {
namespace {

const Component* first_where(const std::vector<Component>& components, const auto& matches) {
  const auto found = std::ranges::find_if(components, matches);
  return found == components.end() ? nullptr : &*found;
}

}  // namespace

const ComponentClass* find_class(const ComponentPlace& place, std::string_view class_name) {
  const auto found = std::ranges::find(place.classes, class_name, &ComponentClass::name);
  return found == place.classes.end() ? nullptr : &*found;
}

std::string listed_classes(const ComponentPlace& place) {
  std::vector<std::string> names;
  for (const ComponentClass& each : place.classes) names.push_back(each.name);
  return fmt::format("{}", fmt::join(names, " or "));
}

const ComponentClass& require_class(const ComponentPlace& place, std::string_view class_name,
                                    std::string_view source) {
  if (const ComponentClass* const found = find_class(place, class_name)) return *found;
  fail(Code::unsupported, "{}: component '{}' is a {}, which is not supported; it is {}", source,
       place.name, class_name, listed_classes(place));
}

Component read_component(const ComponentPlace& place, const ComponentClass& of_class,
                         const io::Config& config) {
  Component component = of_class.read(config);
  component.place = place;
  component.class_name = of_class.name;
  component.config = config;
  return component;
}

const Component* find_component(const std::vector<Component>& components, Use use) {
  return first_where(components, [&](const Component& each) { return each.place.use == use; });
}

const Component* find_component(const std::vector<Component>& components, std::string_view name) {
  return first_where(components, [&](const Component& each) { return each.name() == name; });
}

}  // namespace latentrt::pipeline
