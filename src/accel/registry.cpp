#include "accel/registry.hpp"

#include <algorithm>
#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"

namespace latentrt::accel {

void Registry::add(AcceleratorKind kind) {
  const auto place = std::ranges::lower_bound(kinds_, kind.name, {}, &AcceleratorKind::name);
  kinds_.insert(place, std::move(kind));
}

std::vector<std::string> Registry::names() const {
  std::vector<std::string> names;
  for (const AcceleratorKind& kind : kinds_) names.push_back(kind.name);
  return names;
}

std::vector<AcceleratorPtr> Registry::make(const Spec& spec) const {
  const auto found = std::ranges::find(kinds_, spec.name, &AcceleratorKind::name);
  if (found != kinds_.end()) return found->make(Settings(found->options, spec));
  const std::string known = kinds_.empty()
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

namespace latentrt {

std::vector<NamedOptions> describe_accelerators() {
  std::vector<NamedOptions> all;
  const accel::Registry registry = accel::make_registry();
  for (const accel::AcceleratorKind& kind : registry.kinds())
    all.push_back({kind.name, kind.help, describe(kind.options)});
  return all;
}

}  // namespace latentrt
