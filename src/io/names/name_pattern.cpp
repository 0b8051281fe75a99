#include "io/names/name_pattern.hpp"

#include <algorithm>

#include "base/fail.hpp"
#include "base/quote.hpp"

namespace latentrt::io {
namespace {

constexpr std::size_t kMaxExpression = 256;  ///< bytes; bounds the recursion of std::regex

/// libstdc++'s matcher without backtracking.
constexpr auto kSyntax = std::regex::ECMAScript | std::regex_constants::__polynomial;

/// Most patterns are plain names, and files contain hundreds: std::regex would take seconds for
/// them.
bool is_plain(std::string_view text) {
  return text.find_first_of("\\[](){}*+?|^$") == std::string_view::npos;
}

std::regex expression(std::string_view text, std::string_view where) {
  if (text.size() > kMaxExpression || text.find('{') != std::string_view::npos) {
    fail(Code::invalid_argument,
         "{}: the pattern {} is longer than {} bytes or repeats with braces", where, quote(text),
         kMaxExpression);
  }
  try {
    return std::regex("(?:.*\\.)?(?:" + std::string(text) + ")", kSyntax);
  } catch (const std::regex_error&) {
    fail(Code::invalid_argument, "{}: the pattern {} is not a regular expression", where,
         quote(text));
  }
}

}  // namespace

NamePattern::NamePattern(std::string_view text, std::string_view where)
    : anchored_(text.starts_with('^')) {
  plain_ = text.substr(anchored_ ? 1 : 0);
  if (!is_plain(plain_)) regex_ = std::make_shared<const std::regex>(expression(text, where));
}

bool NamePattern::matches(std::string_view module) const {
  return regex_ ? std::regex_match(module.begin(), module.end(), *regex_) : matches_plain(module);
}

bool NamePattern::matches_plain(std::string_view module) const {
  if (module.size() < plain_.size()) return false;
  const std::string_view before = module.substr(0, module.size() - plain_.size());
  if (!before.empty() && (anchored_ || !before.ends_with('.'))) return false;
  return std::equal(plain_.begin(), plain_.end(), module.begin() + std::ssize(before),
                    [](char pattern, char c) { return pattern == '.' || pattern == c; });
}

}  // namespace latentrt::io
