#pragma once

#include <string>
#include <vector>

namespace latentrt::cli {

/// Prints sentences on stderr, one per line.
void print_warnings(const std::vector<std::string>& warnings);

}  // namespace latentrt::cli
