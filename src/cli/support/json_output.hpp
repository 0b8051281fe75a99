#pragma once
/// Prints JSON.

#include <cstdio>
#include <nlohmann/json_fwd.hpp>

namespace latentrt::cli {

/// Pretty-printed, with a newline at the end. Strings that are not UTF-8 (file names) are escaped
/// by utf8_text(), so that a name never prevents the output of a result.
void print_json(std::FILE* to, nlohmann::ordered_json json);

}  // namespace latentrt::cli
