#pragma once
/// How byte-level BPE splits a text into words before merges: the regular expressions of
/// tokenizer.json that are known, as scanners. Any other one would give other tokens.

#include <string_view>
#include <vector>

namespace latentrt::text {

struct WordPattern {
  std::string_view regex;  ///< as tokenizer.json has it
  /// Contractions in any case; a letter's word may begin with any character but a line end or a
  /// numeral, not only with a space; line ends belong to the punctuation or white space before
  /// them.
  bool newer = false;
  int digits = 0;  ///< a word has so many numerals at most; 0: any number, and a space before them
};

/// That of GPT-2 (Radford et al. 2019), the one that "ByteLevel" has of its own.
const WordPattern& gpt2_pattern();
/// Null where the regular expression is not known.
const WordPattern* find_pattern(std::string_view regex);

/// All of the text, in pieces that are not empty and point into it. The text must be valid UTF-8.
/// Linear in the text.
std::vector<std::string_view> split(std::string_view text, const WordPattern& pattern);

}  // namespace latentrt::text
