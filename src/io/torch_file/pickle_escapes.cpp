#include "io/torch_file/pickle_escapes.hpp"

#include <charconv>
#include <cstring>

namespace latentrt::io {
namespace {

/// The byte of an escape sequence after its backslash; removes it from the text.
std::optional<char> take_escape(std::string_view& text) {
  if (text.empty()) return std::nullopt;
  const char kind = text.front();
  text.remove_prefix(1);
  switch (kind) {
    case '\\':
    case '\'':
    case '"':
      return kind;
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'x':
      break;
    default:
      return std::nullopt;
  }
  std::uint8_t byte = 0;
  const std::string_view digits = text.substr(0, 2);
  const char* const end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, byte, 16);
  if (digits.size() != 2 || parsed.ptr != end) return std::nullopt;
  text.remove_prefix(2);
  return static_cast<char>(byte);
}

}  // namespace

std::optional<std::string> unquoted(std::string_view literal) {
  if (literal.size() < 2) return std::nullopt;
  const char mark = literal.front();
  if ((mark != '\'' && mark != '"') || literal.back() != mark) return std::nullopt;
  std::string_view rest = literal.substr(1, literal.size() - 2);
  std::string text;
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c == mark) return std::nullopt;
    if (c != '\\') {
      text += c;
      continue;
    }
    const auto escaped = take_escape(rest);
    if (!escaped) return std::nullopt;
    text += *escaped;
  }
  return text;
}

std::int64_t signed_integer(std::string_view bytes) noexcept {
  if (bytes.empty()) return 0;
  const bool negative = (static_cast<unsigned char>(bytes.back()) & 0x80) != 0;
  std::int64_t value = negative ? -1 : 0;
  std::memcpy(&value, bytes.data(), bytes.size());
  return value;
}

}  // namespace latentrt::io
