#pragma once
/// What the ranks of a run told each other, for people and for programs.

#include <latentrt/exchanges.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace latentrt::cli {

/// Null for a run without ranks.
nlohmann::ordered_json to_json(const Exchanges& exchanges);
/// Lines; none for a run without ranks.
std::string to_text(const Exchanges& exchanges);

}  // namespace latentrt::cli
