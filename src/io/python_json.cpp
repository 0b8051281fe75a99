#include "io/python_json.hpp"

#include <algorithm>

namespace latentrt::io {

std::string without_minus_infinity(std::string_view text) {
  constexpr std::string_view kToken = "-Infinity", kNull = "null";
  std::string result;
  result.reserve(text.size());
  bool in_string = false;
  while (!text.empty()) {
    const bool escape = in_string && text.front() == '\\';
    if (!escape && text.front() == '"') in_string = !in_string;
    const bool replaced = !in_string && text.starts_with(kToken);
    const std::size_t taken =
        replaced ? kToken.size() : std::min<std::size_t>(escape ? 2 : 1, text.size());
    result += replaced ? kNull : text.substr(0, taken);
    text.remove_prefix(taken);
  }
  return result;
}

}  // namespace latentrt::io
