#pragma once
/// Options of schedules and accelerators: each is declared once (OptionSpec), and parsed, checked
/// and listed from its declaration.

#include <initializer_list>
#include <latentrt/option_info.hpp>
#include <latentrt/spec.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace latentrt {

/// The value of one option. Only the member for its `kind` is used.
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

/// In the form of a Spec: lists are separated by '/'.
std::string to_text(const OptionValue& value);

using OptionValues = std::map<std::string, OptionValue, std::less<>>;

/// One option: its key, its valid values, and its default.
struct OptionSpec {
  std::string key;
  OptionValue::Kind kind = OptionValue::Kind::boolean;
  std::string help{};                     ///< one sentence, without a full stop
  std::optional<OptionValue> fallback{};  ///< none: absent unless given
  double min = 0, max = 0;                ///< of a number, and of every element of a list
  bool whole = false;                     ///< integers only
  std::vector<std::string> choices{};     ///< of a text; empty: any text
  bool only_false = false;  ///< a boolean of other programs, refused if true and not listed
  /// Selects the algorithm of a model's own scheduler class; see schedule::options_for_named().
  bool names_algorithm = false;
};

OptionSpec flag_option(std::string key, bool fallback, std::string help);
/// A flag that is accepted as false and refused as true.
OptionSpec unsupported_flag(std::string key);
OptionSpec number_option(std::string key, double fallback, double min, double max,
                         std::string help);
OptionSpec whole_option(std::string key, int fallback, int min, int max, std::string help);
OptionSpec choice_option(std::string key, std::string fallback, std::vector<std::string> choices,
                         std::string help);
OptionSpec text_option(std::string key, std::string fallback, std::string help);
OptionSpec optional_number(std::string key, double min, double max, std::string help);
OptionSpec optional_list(std::string key, double min, double max, std::string help);
/// Has no default if `fallback` is empty.
OptionSpec whole_list_option(std::string key, const std::vector<int>& fallback, int min, int max,
                             std::string help);

std::vector<OptionSpec> joined(std::initializer_list<std::vector<OptionSpec>> lists);

/// Throws Error for an invalid value: invalid_argument for another kind or a number out of range
/// (NaN always), unsupported for a text or a flag that this library does not implement. The
/// sentence names owner, key, value and valid values.
void check_option(std::string_view owner, const OptionSpec& spec, const OptionValue& value);

/// Parses values given as text; true, false and choices in any case. Throws Error(invalid_argument)
/// for an unknown key (the sentence lists the valid ones) and for invalid values.
OptionValues parse_options(const std::vector<OptionSpec>& specs, const Spec& given);

/// Omits options that can only be refused.
std::vector<OptionInfo> describe(const std::vector<OptionSpec>& specs);

}  // namespace latentrt
