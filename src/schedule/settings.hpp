#pragma once
/// What a solver's options are (OptionSpec), and their checked values (Settings).

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schedule/schedule.hpp"

namespace latentrt::schedule {

/// One option of a solver: its key, what it may be, and what it is when absent.
struct OptionSpec {
  std::string key;
  Option::Kind kind = Option::Kind::boolean;
  std::optional<Option> fallback;    ///< none: the option stays absent unless it is given
  double min = 0, max = 0;           ///< for a number, and for every entry of a list
  bool whole = false;                ///< a number without fraction
  std::vector<std::string> choices;  ///< for a text
  bool only_false = false;  ///< a boolean that exists elsewhere and cannot be switched on here
  bool names_algorithm =
      false;  ///< which algorithm a model's own class runs; see options_for_named()
};

OptionSpec flag_option(std::string key, bool fallback);
/// Known, and refused when true.
OptionSpec unsupported_flag(std::string key);
OptionSpec number_option(std::string key, double fallback, double min, double max);
OptionSpec whole_option(std::string key, int fallback, int min, int max);
OptionSpec choice_option(std::string key, std::string fallback, std::vector<std::string> choices);
OptionSpec optional_number(std::string key, double min, double max);
OptionSpec optional_list(std::string key, double min, double max);

std::vector<OptionSpec> joined(std::initializer_list<std::vector<OptionSpec>> lists);

/// The values of a solver's options: those that were given, and the defaults of the others.
class Settings {
 public:
  /// Keys that no spec names are passed over. Throws Error: invalid_argument for a value of another
  /// kind or out of range (NaN always), unsupported for a text or flag that this library does not
  /// know how to run.
  Settings(std::string_view solver, const std::vector<OptionSpec>& specs, const Options& given);

  const std::string& solver() const noexcept { return solver_; }

  /// The option must be declared by the solver's specs and have a value.
  bool flag(std::string_view key) const;
  /// The same; false for an option that the solver does not have.
  bool is_on(std::string_view key) const;
  double number(std::string_view key) const;
  int whole(std::string_view key) const;
  const std::string& text(std::string_view key) const;

  /// Nothing when the option was not given.
  std::optional<double> given_number(std::string_view key) const;
  std::optional<std::vector<double>> given_list(std::string_view key) const;

 private:
  const Option& at(std::string_view key) const;
  const Option* find(std::string_view key) const;

  std::string solver_;
  std::map<std::string, Option, std::less<>> values_;
};

}  // namespace latentrt::schedule
