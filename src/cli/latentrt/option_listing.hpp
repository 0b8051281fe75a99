#pragma once
/// How `info` shows the options of accelerators and schedulers.

#include <latentrt/option_info.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace latentrt::cli {

/// Lines of at most 80 columns.
std::string to_text(const std::vector<NamedOptions>& all);

/// {name: {"help", "options": {key: {"type", "min", "max", "choices", "default", "help"}}}}, without what an option does
/// not have. "default" is text, as it is written on the command line.
nlohmann::ordered_json to_json(const std::vector<NamedOptions>& all);

}  // namespace latentrt::cli
