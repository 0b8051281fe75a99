#pragma once
/// How the programs print JSON.

#include <cstdio>
#include <nlohmann/json_fwd.hpp>

namespace latentrt::cli {

/// With line breaks and a last one. Strings that are not UTF-8 (file names) are written as utf8_text() does, so that no
/// result is lost for the sake of a name.
void print_json(std::FILE* to, nlohmann::ordered_json json);

}  // namespace latentrt::cli
