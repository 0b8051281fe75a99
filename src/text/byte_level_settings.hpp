#pragma once
/// Settings of byte-level BPE in tokenizer.json, in addition to its vocabulary.

#include "text/tokenizer_json.hpp"
#include "text/word_pattern.hpp"

namespace latentrt::text {

struct ByteLevelSettings {
  bool nfc = false;            ///< texts are normalised to composed form (NFC) first
  bool ignore_merges = false;  ///< words that are in the vocabulary are not split
  const WordPattern* pattern = nullptr;

  /// Throws Error(bad_file, unsupported) that names file and entry.
  static ByteLevelSettings from(const Json& tokenizer, const std::filesystem::path& file);
};

}  // namespace latentrt::text
