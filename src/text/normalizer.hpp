#pragma once

#include <string>
#include <string_view>

namespace latentrt::text {

/// NFC, every run of white space as one space, lower case: what CLIP does to text before it splits
/// it. The text must be valid UTF-8.
std::string normalize(std::string_view text);

}  // namespace latentrt::text
