#include "text/normalizer.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "text/unicode.hpp"
#include "text/unicode_editions.hpp"

namespace latentrt::text {
namespace {

using Points = std::vector<std::int32_t>;

constexpr auto kNfc = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);

auto combining_class(std::int32_t point) { return utf8proc_get_property(point)->combining_class; }

void append_decomposed(Points& points, std::int32_t point) {
  std::array<std::int32_t, 8> parts{};  // the longest in Unicode has four
  int unused = 0;
  const auto count = utf8proc_decompose_char(point, parts.data(), parts.size(), kNfc, &unused);
  points.insert(points.end(), parts.begin(), parts.begin() + count);
}

/// Canonical order. The library could sort too, but takes quadratic time for a long run of marks.
void order_marks(Points& points) {
  const auto is_mark = [](std::int32_t point) { return combining_class(point) != 0; };
  for (auto at = points.begin(); at != points.end();) {
    const auto first = std::find_if(at, points.end(), is_mark);
    at = std::find_if_not(first, points.end(), is_mark);
    std::ranges::stable_sort(first, at, {}, combining_class);
  }
}

void append_composed(Points& result, Points& segment) {
  order_marks(segment);
  const auto size = static_cast<utf8proc_ssize_t>(segment.size());
  const auto length = utf8proc_normalize_utf32(segment.data(), size, kNfc);
  result.insert(result.end(), segment.begin(), segment.begin() + length);
  segment.clear();
}

/// NFC, applied separately to each side of the marks that only newer editions of Unicode contain.
Points compose(const Points& text) {
  Points result, segment;
  for (const std::int32_t point : text) {
    if (!is_newer_mark(point)) {
      append_decomposed(segment, point);
      continue;
    }
    append_composed(result, segment);
    result.push_back(point);
  }
  append_composed(result, segment);
  return result;
}

/// One capital letter has two code points in lower case.
void append_lower(std::string& text, std::int32_t point) {
  constexpr std::int32_t kDottedCapitalI = 0x130, kDotAbove = 0x307;
  if (point == kDottedCapitalI) {
    append_utf8(text, 'i');
    append_utf8(text, kDotAbove);
    return;
  }
  append_utf8(text, newer_lower_case(point).value_or(utf8proc_tolower(point)));
}

}  // namespace

std::string nfc(std::string_view text) {
  std::string result;
  for (const std::int32_t point : compose(code_points(text))) append_utf8(result, point);
  return result;
}

std::string normalize(std::string_view text) {
  std::string result;
  bool in_space = false;
  for (const std::int32_t point : compose(code_points(text))) {
    const bool space = is_white_space(point);
    if (!space) append_lower(result, point);
    if (space && !in_space) result += ' ';
    in_space = space;
  }
  return result;
}

}  // namespace latentrt::text
