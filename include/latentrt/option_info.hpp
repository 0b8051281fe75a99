#pragma once
/// The options of schedules and accelerators, for help texts, settings dialogs and scripts.

#include <latentrt/api.hpp>
#include <optional>
#include <string>
#include <vector>

namespace latentrt {

/// One key of a Spec: "interval" of "deepcache:interval=3".
struct OptionInfo {
  std::string key;
  /// "boolean", "integer", "number", "choice", "text", or a list: "integers" or "numbers".
  std::string type;
  /// The values that it takes, in words: "a whole number from 1 to 9".
  std::string values;
  /// Range of a number and of each element of a list, bounds included. Absent if there is no bound.
  std::optional<double> min{}, max{};
  std::vector<std::string> choices{};
  /// In the form of a Spec. Absent if no value has the same effect as leaving the option out.
  std::optional<std::string> default_value{};
  std::string help{};  ///< one sentence
};

/// A schedule or an accelerator, with the name that a Spec begins with.
struct NamedOptions {
  std::string name;
  std::string help;  ///< one sentence
  std::vector<OptionInfo> options;
};

/// All accelerators and schedules of this build, sorted by name; may be called from any thread. For
/// schedules, a model's scheduler_config.json overrides the default values.
LATENTRT_API std::vector<NamedOptions> describe_accelerators();
LATENTRT_API std::vector<NamedOptions> describe_schedules();

}  // namespace latentrt
