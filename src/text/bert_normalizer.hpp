#pragma once
/// Splits a text into words as BERT does, before WordPiece.

#include <string>
#include <string_view>
#include <vector>

namespace latentrt::text {

/// Fields of the normalizer in tokenizer.json.
struct BertNormalization {
  bool clean_text = true;            ///< removes control characters
  bool handle_chinese_chars = true;  ///< each ideograph is a word
  bool strip_accents = true;
  bool lowercase = true;
};

/// The text must be valid UTF-8. Every punctuation mark is a word.
std::vector<std::string> bert_words(std::string_view text, const BertNormalization& settings);

}  // namespace latentrt::text
