#pragma once
/// What `info` says of a language model.

#include <latentrt/text.hpp>
#include <nlohmann/json_fwd.hpp>

namespace latentrt::cli {

nlohmann::ordered_json to_json(const TextModelInfo& info);
void print(const TextModelInfo& info);

}  // namespace latentrt::cli
