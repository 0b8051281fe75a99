#include "cli/support/warnings.hpp"

#include <fmt/format.h>

namespace latentrt::cli {

void print_warnings(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) fmt::print(stderr, "warning: {}\n", warning);
}

}  // namespace latentrt::cli
