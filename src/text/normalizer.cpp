#include "text/normalizer.hpp"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

#include "base/fail.hpp"
#include "text/unicode.hpp"

namespace latentrt::text {
namespace {

std::string compose(std::string_view text) {
  utf8proc_uint8_t* result = nullptr;
  const auto length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                   static_cast<utf8proc_ssize_t>(text.size()), &result,
                                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(result, &std::free);
  if (length < 0) fail(Code::invalid_argument, "the text cannot be normalised: {}", utf8proc_errmsg(length));
  return {reinterpret_cast<const char*>(result), static_cast<std::size_t>(length)};
}

/// One capital has two code points in lower case.
void append_lower(std::string& text, std::int32_t point) {
  constexpr std::int32_t kDottedCapitalI = 0x130, kDotAbove = 0x307;
  append_utf8(text, utf8proc_tolower(point == kDottedCapitalI ? 'I' : point));
  if (point == kDottedCapitalI) append_utf8(text, kDotAbove);
}

}  // namespace

std::string normalize(std::string_view text) {
  std::string result;
  bool in_space = false;
  for (const std::int32_t point : code_points(compose(text))) {
    const bool space = is_white_space(point);
    if (!space) append_lower(result, point);
    if (space && !in_space) result += ' ';
    in_space = space;
  }
  return result;
}

}  // namespace latentrt::text
