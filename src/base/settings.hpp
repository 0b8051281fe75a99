#pragma once
/// The checked values of a schedule's or an accelerator's options.

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/options.hpp"

namespace latentrt {

/// The given values, and the defaults of the other options.
class Settings {
 public:
  /// For values of a file: keys without a spec are ignored. Throws what check_option() throws.
  Settings(std::string_view owner, const std::vector<OptionSpec>& specs, const OptionValues& given);
  /// For values of a user: throws what parse_options() throws.
  Settings(const std::vector<OptionSpec>& specs, const Spec& given);

  const std::string& owner() const noexcept { return owner_; }

  /// Whether the value was given rather than a default.
  bool is_given(std::string_view key) const;
  /// Whether the option is declared and has a value.
  bool has(std::string_view key) const { return find(key) != nullptr; }

  /// The option must be declared and have a value.
  bool flag(std::string_view key) const;
  /// As above; false for an option that is not declared.
  bool is_on(std::string_view key) const;
  double number(std::string_view key) const;
  int whole(std::string_view key) const;
  const std::string& text(std::string_view key) const;

  /// Nothing if the option has no value.
  std::optional<double> given_number(std::string_view key) const;
  std::optional<std::vector<double>> given_list(std::string_view key) const;

 private:
  const OptionValue& at(std::string_view key) const;
  const OptionValue* find(std::string_view key) const;

  std::string owner_;
  OptionValues values_;
  std::set<std::string, std::less<>> given_;
};

}  // namespace latentrt
