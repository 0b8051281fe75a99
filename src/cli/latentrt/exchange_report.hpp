#pragma once
/// Statistics of what the ranks of a run exchanged, as text and as JSON.

#include <latentrt/exchanges.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace latentrt::cli {

/// Null for a run without ranks.
nlohmann::ordered_json to_json(const Exchanges& exchanges);
/// Empty for a run without ranks.
std::string to_text(const Exchanges& exchanges);

}  // namespace latentrt::cli
