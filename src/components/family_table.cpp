#include "components/family_table.hpp"

#include <algorithm>
#include <utility>

#include "base/fail.hpp"
#include "base/lower.hpp"
#include "base/quote.hpp"

namespace latentrt::pipeline {

void FamilyTable::add(Family family) {
  for (const std::string& class_name : family.class_names) {
    if (const FamilyPtr other = of_class(class_name)) {
      fail(Code::invalid_argument, "the families {} and {} both have the pipeline class {}",
           other->name, family.name, class_name);
    }
  }
  families_.push_back(std::make_shared<const Family>(std::move(family)));
}

void FamilyTable::add(LanguageFamily family) {
  language_families_.push_back(std::make_shared<const LanguageFamily>(std::move(family)));
}

LanguageFamilyPtr FamilyTable::of_language_model(const io::Config& config) const {
  const std::string type = config.string("model_type", "");
  const std::vector<std::string> classes = config.strings("architectures", {});
  std::vector<std::string> known;
  for (const LanguageFamilyPtr& family : language_families_) {
    const bool named = std::ranges::count(family->model_types, lowered(type)) > 0;
    const auto is_own = [&](const std::string& name) {
      return std::ranges::count(family->architectures, name) > 0;
    };
    if (named || std::ranges::any_of(classes, is_own)) return family;
    known.insert(known.end(), family->model_types.begin(), family->model_types.end());
  }
  fail(Code::unsupported, "{}: model_type {} is not that of a masked diffusion language model: {}",
       config.name(), quote(type), fmt::join(known, ", "));
}

std::vector<std::string> FamilyTable::class_names() const {
  std::vector<std::string> names;
  for (const FamilyPtr& family : families_)
    names.insert(names.end(), family->class_names.begin(), family->class_names.end());
  return names;
}

std::vector<std::string> FamilyTable::architecture_names() const {
  std::vector<std::string> names;
  for (const FamilyPtr& family : families_)
    for (const Architecture& architecture : family->architectures)
      names.push_back(architecture.name);
  return names;
}

std::vector<std::string> FamilyTable::language_size_names() const {
  std::vector<std::string> names;
  for (const LanguageFamilyPtr& family : language_families_)
    for (const LanguageSize& size : family->sizes) names.push_back(size.name);
  return names;
}

FamilyPtr FamilyTable::of_class(std::string_view class_name) const {
  const auto found = std::ranges::find_if(families_, [&](const FamilyPtr& family) {
    return std::ranges::count(family->class_names, class_name) > 0;
  });
  return found == families_.end() ? nullptr : *found;
}

FoundArchitecture FamilyTable::architecture(std::string_view name) const {
  for (const FamilyPtr& family : families_)
    for (const Architecture& architecture : family->architectures)
      if (architecture.name == name) return {family, &architecture};
  fail(Code::invalid_argument, "unknown architecture '{}': it is one of {}", name,
       fmt::join(architecture_names(), ", "));
}

FoundLanguageSize FamilyTable::language_size(std::string_view name) const {
  for (const LanguageFamilyPtr& family : language_families_)
    for (const LanguageSize& size : family->sizes)
      if (size.name == name) return {family, &size};
  fail(Code::invalid_argument, "unknown language model '{}': it is one of {}", name,
       fmt::join(language_size_names(), ", "));
}

FamilyTable all_families() {
  FamilyTable table;
  register_all_families(table);
  return table;
}

}  // namespace latentrt::pipeline
