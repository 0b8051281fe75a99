#include "accel/registry.hpp"

#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"

namespace latentrt::accel {

void Registry::add(std::string name, Factory factory) {
  factories_.emplace(std::move(name), std::move(factory));
}

std::vector<std::string> Registry::names() const {
  std::vector<std::string> names;
  for (const auto& [name, factory] : factories_) names.push_back(name);
  return names;
}

std::vector<sampling::AcceleratorPtr> Registry::make(const Spec& spec) const {
  const auto found = factories_.find(spec.name);
  if (found != factories_.end()) return found->second(spec);
  const std::string known = factories_.empty()
                                ? "this build has none"
                                : fmt::format("it is one of {}", fmt::join(names(), ", "));
  fail(Code::invalid_argument, "unknown accelerator {}: {}", quote(spec.name), known);
}

Registry make_registry() {
  Registry registry;
  register_all(registry);
  return registry;
}

}  // namespace latentrt::accel
