#pragma once
/// --link: what connects the ranks.

#include <latentrt/link.hpp>
#include <string>

namespace latentrt::cli {

/// "nvlink", "pcie", "ethernet", or "alpha=12us,beta=5GB/s", to which ",kappa=0.5" may be added. Throws
/// Error(invalid_argument) for anything else.
Link parse_link(const std::string& text);

/// "alpha 8 us, beta 250 GB/s, kappa 0.1".
std::string to_text(const Link& link);

/// For --help.
std::string link_help();

}  // namespace latentrt::cli
