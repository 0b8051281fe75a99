#pragma once
/// Words as BERT splits them, before their pieces are looked up.

#include <string>
#include <string_view>
#include <vector>

namespace latentrt::text {

/// Fields of the normalizer in tokenizer.json.
struct BertNormalization {
  bool clean_text = true;            ///< without control characters
  bool handle_chinese_chars = true;  ///< each ideograph is a word
  bool strip_accents = true;
  bool lowercase = true;
};

/// The text must be valid UTF-8. Every punctuation mark is a word.
std::vector<std::string> bert_words(std::string_view text, const BertNormalization& settings);

}  // namespace latentrt::text
