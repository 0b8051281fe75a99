#pragma once

#include <string>
#include <string_view>

namespace latentrt::text {

/// NFC, every run of white space as one space, lower case: the normalisation of CLIP before the
/// text is split. The text must be valid UTF-8.
std::string normalize(std::string_view text);

}  // namespace latentrt::text
