#pragma once
/// Helpers for typed option values, and for the sentence of an expected error.

#include <latentrt/error.hpp>
#include <string>
#include <vector>

#include "schedule/schedule.hpp"

namespace latentrt::schedule::testing {

inline Option flag(bool value) { return boolean_value(value); }
inline Option number(double value) { return number_value(value); }
inline Option text(std::string value) { return text_value(std::move(value)); }
inline Option list(std::vector<double> values) { return list_value(std::move(values)); }

/// The declared keys.
inline std::vector<std::string> option_names(const std::string& solver) {
  std::vector<std::string> keys;
  for (const NamedOptions& named : describe_schedules())
    if (named.name == solver)
      for (const OptionInfo& option : named.options) keys.push_back(option.key);
  return keys;
}

/// Stable Diffusion's noise schedule with `more` options.
inline Options stable_diffusion(Options more = {}) {
  more.insert({{"beta_start", number(0.00085)},
               {"beta_end", number(0.012)},
               {"beta_schedule", text("scaled_linear")},
               {"steps_offset", number(1)},
               {"clip_sample", flag(false)},
               {"set_alpha_to_one", flag(false)}});
  return more;
}

/// "code: sentence" of the Error that `call` throws; empty if it throws none.
template <class Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return (error.code() == Code::invalid_argument ? "invalid_argument: "
            : error.code() == Code::unsupported    ? "unsupported: "
                                                   : "other: ") +
           std::string(error.what());
  }
  return "";
}

}  // namespace latentrt::schedule::testing
