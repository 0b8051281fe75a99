#include "components/family_table.hpp"

#include <algorithm>
#include <utility>

#include "base/fail.hpp"

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

FamilyTable all_families() {
  FamilyTable table;
  register_all_families(table);
  return table;
}

}  // namespace latentrt::pipeline
