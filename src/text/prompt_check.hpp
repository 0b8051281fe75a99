#pragma once

#include <string_view>

namespace latentrt::text {

/// Throws Error(invalid_argument) if the prompt is longer than 1 MiB or is not valid UTF-8 (names
/// the byte offset).
void check_prompt(std::string_view prompt);

}  // namespace latentrt::text
