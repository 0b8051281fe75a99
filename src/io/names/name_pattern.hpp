#pragma once
/// Patterns for module names in PEFT's settings.

#include <memory>
#include <regex>
#include <string>
#include <string_view>

namespace latentrt::io {

/// A regular expression that matches a module's whole name, or its end after a dot: PEFT's
/// `rank_pattern` and `alpha_pattern`. Matching takes time linear in the pattern times the name,
/// whatever the pattern.
class NamePattern {
 public:
  /// Throws Error(invalid_argument) that begins with `where` if the text is not a regular
  /// expression, is longer than 256 bytes, or repeats with braces, which is not supported.
  NamePattern(std::string_view text, std::string_view where);

  bool matches(std::string_view module) const;

 private:
  bool matches_plain(std::string_view module) const;

  std::string plain_;                          ///< without a leading '^'; dots match anything
  bool anchored_ = false;                      ///< the plain pattern began with '^'
  std::shared_ptr<const std::regex> regex_{};  ///< null for plain names
};

}  // namespace latentrt::io
