#include "text/unicode.hpp"

#include <utf8proc.h>

#include <array>

#include "text/unicode_editions.hpp"

namespace latentrt::text {

std::vector<std::int32_t> code_points(std::string_view text) {
  std::vector<std::int32_t> points;
  while (!text.empty()) {
    utf8proc_int32_t point = -1;
    const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
    const auto length = utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size()), &point);
    if (length <= 0) break;
    points.push_back(point);
    text.remove_prefix(static_cast<std::size_t>(length));
  }
  return points;
}

void append_utf8(std::string& text, std::int32_t point) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto length = utf8proc_encode_char(point, bytes.data());
  text.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(length));
}

bool is_letter(std::int32_t point) {
  const auto category = utf8proc_category(point);
  const bool letter = category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
  return letter || is_newer_letter(point);
}

bool is_numeral(std::int32_t point) {
  const auto category = utf8proc_category(point);
  const bool numeral = category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO;
  return numeral || is_newer_numeral(point);
}

bool is_white_space(std::int32_t point) {
  constexpr std::int32_t kNextLine = 0x85;
  const auto category = utf8proc_category(point);
  return (point >= '\t' && point <= '\r') || point == kNextLine ||
         (category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_ZP);
}

}  // namespace latentrt::text
