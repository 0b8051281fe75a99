#pragma once
/// Options of schedules and accelerators: each is declared once (OptionSpec), and parsed, checked and listed from that.

#include <initializer_list>
#include <latentrt/option_info.hpp>
#include <latentrt/spec.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace latentrt {

/// The value of one option. Only the member that `kind` names has a meaning.
struct OptionValue {
  enum class Kind { boolean, number, text, numbers } kind = Kind::boolean;
  bool boolean = false;
  double number = 0;
  std::string text{};
  std::vector<double> numbers{};
};

OptionValue boolean_value(bool value);
OptionValue number_value(double value);
OptionValue text_value(std::string value);
OptionValue list_value(std::vector<double> values);

/// As it is written in a Spec: lists are separated by '/'.
std::string to_text(const OptionValue& value);

using OptionValues = std::map<std::string, OptionValue, std::less<>>;

/// One option: its key, what it may be, and what it is when absent.
struct OptionSpec {
  std::string key;
  OptionValue::Kind kind = OptionValue::Kind::boolean;
  std::string help{};                     ///< one sentence, without a full stop
  std::optional<OptionValue> fallback{};  ///< none: absent unless it is given
  double min = 0, max = 0;                ///< for a number, and for every element of a list
  bool whole = false;                     ///< numbers without fraction
  std::vector<std::string> choices{};     ///< for a text; empty: any text
  bool only_false = false;  ///< a boolean of other programs, refused when true and not listed
  /// Which algorithm a model's own scheduler class runs; see schedule::options_for_named().
  bool names_algorithm = false;
};

OptionSpec flag_option(std::string key, bool fallback, std::string help);
/// Known, and refused when true.
OptionSpec unsupported_flag(std::string key);
OptionSpec number_option(std::string key, double fallback, double min, double max,
                         std::string help);
OptionSpec whole_option(std::string key, int fallback, int min, int max, std::string help);
OptionSpec choice_option(std::string key, std::string fallback, std::vector<std::string> choices,
                         std::string help);
OptionSpec text_option(std::string key, std::string fallback, std::string help);
OptionSpec optional_number(std::string key, double min, double max, std::string help);
OptionSpec optional_list(std::string key, double min, double max, std::string help);
/// Without a default where `fallback` is empty.
OptionSpec whole_list_option(std::string key, const std::vector<int>& fallback, int min, int max,
                             std::string help);

std::vector<OptionSpec> joined(std::initializer_list<std::vector<OptionSpec>> lists);

/// Throws Error for a value that the option cannot have: invalid_argument for another kind or a number out of range (NaN
/// always), unsupported for a text or a flag that this library does not know how to run. The sentence names owner, key,
/// value and what it may be.
void check_option(std::string_view owner, const OptionSpec& spec, const OptionValue& value);

/// The values that a person gave as text; true, false and choices in any case. Throws Error(invalid_argument) for an
/// unknown key (the sentence lists the valid ones) and for a value that the option cannot have.
OptionValues parse_options(const std::vector<OptionSpec>& specs, const Spec& given);

/// Without those that can only be refused.
std::vector<OptionInfo> describe(const std::vector<OptionSpec>& specs);

}  // namespace latentrt
