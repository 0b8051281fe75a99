#pragma once
/// --link: the connection between ranks.

#include <latentrt/link.hpp>
#include <string>

namespace latentrt::cli {

/// Parses "nvlink", "pcie", "ethernet", or "alpha=12us,beta=5GB/s", optionally followed by
/// ",kappa=0.5". Throws Error(invalid_argument) for anything else.
Link parse_link(const std::string& text);

/// "alpha 8 us, beta 250 GB/s, kappa 0.1".
std::string to_text(const Link& link);

/// For --help.
std::string link_help();

}  // namespace latentrt::cli
