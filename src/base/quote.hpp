#pragma once

#include <string>
#include <string_view>

namespace latentrt {

/// Text from a file or a user as an error sentence shows it: in double quotes, with control
/// characters and bytes that are not UTF-8 escaped, and cut when it is long. A hostile name can
/// neither steer a terminal nor fill it.
std::string quote(std::string_view text);

}  // namespace latentrt
