#pragma once

#include <string>
#include <string_view>

namespace latentrt::text {

/// Canonical composition, without characters that only newer editions of Unicode have
/// (unicode_editions.hpp). The text must be valid UTF-8.
std::string nfc(std::string_view text);

/// NFC, every run of white space as one space, lower case: the normalisation of CLIP before the
/// text is split. The text must be valid UTF-8.
std::string normalize(std::string_view text);

}  // namespace latentrt::text
