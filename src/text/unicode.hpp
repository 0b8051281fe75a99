#pragma once
/// Code points and the properties that tokenizers need.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace latentrt::text {

/// The text must be valid UTF-8.
std::vector<std::int32_t> code_points(std::string_view text);
void append_utf8(std::string& text, std::int32_t point);

bool is_letter(std::int32_t point);       ///< general category L
bool is_numeral(std::int32_t point);      ///< general category N
bool is_white_space(std::int32_t point);  ///< property White_Space

}  // namespace latentrt::text
