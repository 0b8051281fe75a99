#pragma once
/// How byte-level BPE splits a text into words before merges: the supported regular expressions of
/// tokenizer.json, implemented as scanners. Any other expression would give other tokens.

#include <string_view>
#include <vector>

namespace latentrt::text {

struct WordPattern {
  std::string_view regex;  ///< as in tokenizer.json
  /// Contractions match in any case; a word of letters may begin with any character except a line
  /// end or a numeral, not only with a space; line ends belong to the preceding punctuation or
  /// white space.
  bool newer = false;
  /// largest number of numerals in a word; 0: any number, and optionally a space before them
  int digits = 0;
};

/// The pattern of GPT-2 (Radford et al. 2019), which is the default of "ByteLevel".
const WordPattern& gpt2_pattern();
/// Null if the regular expression is not supported.
const WordPattern* find_pattern(std::string_view regex);

/// Splits all of the text into pieces that are not empty and point into it. The text must be valid
/// UTF-8. Linear in the text.
std::vector<std::string_view> split(std::string_view text, const WordPattern& pattern);

}  // namespace latentrt::text
