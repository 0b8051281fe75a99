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

std::vector<AcceleratorPtr> Registry::make(const Spec& spec) const {
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

std::vector<AcceleratorPtr> make_accelerators(const std::vector<AcceleratorChoice>& choices) {
  const Registry registry = make_registry();
  std::vector<AcceleratorPtr> accelerators;
  for (const AcceleratorChoice& choice : choices) {
    if (const auto* own = std::get_if<AcceleratorPtr>(&choice)) {
      if (*own == nullptr) fail(Code::invalid_argument, "an accelerator is a null pointer");
      accelerators.push_back(*own);
      continue;
    }
    for (auto& made : registry.make(std::get<Spec>(choice)))
      accelerators.push_back(std::move(made));
  }
  return accelerators;
}

}  // namespace latentrt::accel
