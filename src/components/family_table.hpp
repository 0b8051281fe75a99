#pragma once
/// The families of this build, found by listing src/families: each <name>.cpp there defines `void
/// register_<name>(FamilyTable&)`, and the build generates register_all_families() from the
/// listing.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "components/family.hpp"
#include "components/language_family.hpp"

namespace latentrt::pipeline {

using FamilyPtr = std::shared_ptr<const Family>;
using LanguageFamilyPtr = std::shared_ptr<const LanguageFamily>;

/// An architecture, and its family.
struct FoundArchitecture {
  FamilyPtr family;
  const Architecture* architecture;  ///< index of the architecture in the family
};

/// A published size of a family of language models.
struct FoundLanguageSize {
  LanguageFamilyPtr family;
  const LanguageSize* size;  ///< in the family
};

class FamilyTable {
 public:
  /// Throws Error(invalid_argument) if another family has one of its classes.
  void add(Family family);
  void add(LanguageFamily family);

  const std::vector<FamilyPtr>& families() const noexcept { return families_; }
  const std::vector<LanguageFamilyPtr>& language_families() const noexcept {
    return language_families_;
  }
  std::vector<std::string> class_names() const;
  std::vector<std::string> architecture_names() const;
  std::vector<std::string> language_size_names() const;

  /// Null if no family has the class.
  FamilyPtr of_class(std::string_view class_name) const;
  /// The family of a config.json. Throws Error(unsupported) that lists the known model types.
  LanguageFamilyPtr of_language_model(const io::Config& config) const;
  /// Throws Error(invalid_argument) that lists the known names.
  FoundArchitecture architecture(std::string_view name) const;
  FoundLanguageSize language_size(std::string_view name) const;

 private:
  std::vector<FamilyPtr> families_;
  std::vector<LanguageFamilyPtr> language_families_;
};

/// Generated.
void register_all_families(FamilyTable& table);

FamilyTable all_families();

}  // namespace latentrt::pipeline
