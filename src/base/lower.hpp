#pragma once

#include <string>
#include <string_view>

namespace latentrt {

/// Converts A to Z to lower case; other bytes stay, whatever the locale.
inline std::string lowered(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

}  // namespace latentrt
