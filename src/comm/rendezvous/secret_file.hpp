#pragma once
/// Files with a secret, for this user only.

#include <filesystem>
#include <string>

#include "comm/launch.hpp"

namespace latentrt::comm {

/// Throws Error(invalid_argument) with the remedy for a file that is not regular, belongs to
/// another user, or may be read or written by others; Error(io_error) if the system cannot read it.
std::string read_secret_file(const std::filesystem::path& file);

/// Default path of a user's secret.
std::filesystem::path own_secret_file(const Variables& variables);

/// As read_secret_file(). A missing file is created, with mode 0600 in a folder of mode 0700, from
/// the system's random bytes. Processes that do so at the same time all get the same secret.
std::string read_or_make_secret_file(const std::filesystem::path& file);

}  // namespace latentrt::comm
