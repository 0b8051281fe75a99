#pragma once

#include <string>
#include <string_view>

namespace latentrt {

/// Formats text from a file or a user for an error sentence: in double quotes, with control
/// characters and bytes that are not UTF-8 escaped, and truncated if long. A hostile name can
/// neither control a terminal nor flood it.
std::string quote(std::string_view text);

}  // namespace latentrt
