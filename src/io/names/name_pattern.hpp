#pragma once
/// The patterns by which PEFT's settings name modules.

#include <memory>
#include <regex>
#include <string>
#include <string_view>

namespace latentrt::io {

/// A regular expression that matches a module's whole name, or its end after a dot: PEFT's `rank_pattern` and
/// `alpha_pattern`. Matching takes time linear in the pattern times the name, whatever the pattern.
class NamePattern {
 public:
  /// Throws Error(invalid_argument) that begins with `where` when the text is no regular expression, or is longer than 256
  /// bytes or repeats with braces, which is not supported.
  NamePattern(std::string_view text, std::string_view where);

  bool matches(std::string_view module) const;

 private:
  bool matches_plain(std::string_view module) const;

  std::string plain_;                          ///< without a leading '^'; dots match anything
  bool anchored_ = false;                      ///< a plain pattern began with '^'
  std::shared_ptr<const std::regex> regex_{};  ///< null for plain names
};

}  // namespace latentrt::io
