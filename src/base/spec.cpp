#include <latentrt/spec.hpp>

#include "base/fail.hpp"
#include "base/lower.hpp"
#include "base/quote.hpp"

namespace latentrt {
namespace {

void add_option(Spec& spec, std::string_view item, std::string_view text) {
  const std::size_t equals = item.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    fail(Code::invalid_argument, "{}: {} is not of the form key=value", quote(text), quote(item));
  }
  const std::string key(item.substr(0, equals));
  if (!spec.options.emplace(key, item.substr(equals + 1)).second) {
    fail(Code::invalid_argument, "{}: key {} is given twice", quote(text), quote(key));
  }
}

}  // namespace

Spec Spec::parse(std::string_view text) {
  const std::size_t colon = text.find(':');
  Spec spec{lowered(text.substr(0, colon)), {}};
  if (spec.name.empty()) fail(Code::invalid_argument, "{} does not start with a name", quote(text));
  if (colon == std::string_view::npos) return spec;
  std::string_view rest = text.substr(colon + 1);
  while (true) {
    const std::size_t comma = rest.find(',');
    add_option(spec, rest.substr(0, comma), text);
    if (comma == std::string_view::npos) return spec;
    rest.remove_prefix(comma + 1);
  }
}

std::string Spec::to_string() const {
  std::string text = name;
  char separator = ':';
  for (const auto& [key, value] : options) {
    text += separator + key + '=' + value;
    separator = ',';
  }
  return text;
}

}  // namespace latentrt
