#include "io/json_events.hpp"

#include <utility>

#include "base/fail.hpp"
#include "base/utf8.hpp"

namespace latentrt::io {

bool JsonEvents::parse_error(std::size_t position, const std::string&,
                             const nlohmann::detail::exception&) {
  return stop(fmt::format("is not valid JSON at byte {}", position));
}

bool JsonEvents::stop(std::string problem) {
  if (problem_.empty()) problem_ = std::move(problem);
  return false;
}

bool JsonEvents::short_enough(const std::string& text) {
  return text.size() <= limits_.max_string ||
         stop(fmt::format("holds a string of {} bytes", text.size()));
}

bool JsonEvents::few_enough() {
  return ++values_ <= limits_.max_values ||
         stop(fmt::format("holds more than {} values", limits_.max_values));
}

bool JsonEvents::open(bool object) {
  if (depth_ >= limits_.max_depth)
    return stop(fmt::format("is nested deeper than {} levels", limits_.max_depth));
  if (!few_enough() || !on_open(object)) return false;
  ++depth_;
  return true;
}

bool JsonEvents::close() {
  --depth_;
  return on_close();
}

void parse_json_events(std::string_view text, std::string_view what, const JsonLimits& limits,
                       JsonEvents& reader) {
  if (text.size() > limits.max_bytes) {
    fail(Code::bad_file, "{} has {} bytes; at most {} are read", what, text.size(),
         limits.max_bytes);
  }
  if (const auto offset = first_invalid_utf8(text))
    fail(Code::bad_file, "{} is not UTF-8 at byte {}", what, *offset);
  if (text.starts_with("\xEF\xBB\xBF"))
    fail(Code::bad_file, "{} starts with a byte order mark", what);
  // The parser takes NUL as the end of the text and would ignore everything after it.
  if (text.find('\0') != std::string_view::npos) fail(Code::bad_file, "{} holds a NUL byte", what);
  if (!nlohmann::ordered_json::sax_parse(text, &reader))
    fail(Code::bad_file, "{} {}", what, reader.problem());
}

}  // namespace latentrt::io
