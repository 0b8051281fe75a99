#pragma once
/// Lists the options of accelerators and schedulers for `info`.

#include <latentrt/option_info.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace latentrt::cli {

/// Lines of at most 80 columns.
std::string to_text(const std::vector<NamedOptions>& all);

/// {name: {"help", "options": {key: {"type", "min", "max", "choices", "default", "help"}}}};
/// properties that an option does not have are omitted. "default" is text in the form of the
/// command line.
nlohmann::ordered_json to_json(const std::vector<NamedOptions>& all);

}  // namespace latentrt::cli
