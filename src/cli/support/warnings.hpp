#pragma once

#include <string>
#include <vector>

namespace latentrt::cli {

/// Sentences on stderr, a line each.
void print_warnings(const std::vector<std::string>& warnings);

}  // namespace latentrt::cli
