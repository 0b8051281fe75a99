#pragma once
/// Files that hold a secret: this user's only.

#include <filesystem>
#include <string>

#include "comm/launch.hpp"

namespace latentrt::comm {

/// Throws Error(invalid_argument) that says what to do for a file that is no regular one, is another user's, or that
/// others may read or write; Error(io_error) when the system refuses.
std::string read_secret_file(const std::filesystem::path& file);

/// Where a user's secret is by default.
std::filesystem::path own_secret_file(const Variables& variables);

/// As read_secret_file(). A file that is not there is made, mode 0600 in a folder of mode 0700, from the system's random
/// bytes. Processes that do so at once all get the same.
std::string read_or_make_secret_file(const std::filesystem::path& file);

}  // namespace latentrt::comm
