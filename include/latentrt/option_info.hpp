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
  /// What values it takes, in words: "a whole number from 1 to 9".
  std::string values;
  /// The range of a number and of each element of a list, both ends included. Absent where there is no bound.
  std::optional<double> min{}, max{};
  std::vector<std::string> choices{};
  /// As it is written in a Spec. Absent where no value means the same as leaving the option out.
  std::optional<std::string> default_value{};
  std::string help{};  ///< one sentence
};

/// A schedule or an accelerator, by the name that a Spec starts with.
struct NamedOptions {
  std::string name;
  std::string help;  ///< one sentence
  std::vector<OptionInfo> options;
};

/// Every accelerator and every schedule of this build, sorted by name; safe to call from any thread. For schedules a
/// model's scheduler_config.json comes before the default values.
LATENTRT_API std::vector<NamedOptions> describe_accelerators();
LATENTRT_API std::vector<NamedOptions> describe_schedules();

}  // namespace latentrt
