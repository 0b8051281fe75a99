#pragma once
/// What a tokenizer.json says of byte-level BPE in addition to its vocabulary.

#include "text/tokenizer_json.hpp"
#include "text/word_pattern.hpp"

namespace latentrt::text {

struct ByteLevelSettings {
  bool nfc = false;            ///< texts are composed first
  bool ignore_merges = false;  ///< words of the vocabulary are taken whole
  const WordPattern* pattern = nullptr;

  /// Throws Error(bad_file, unsupported) that names file and entry.
  static ByteLevelSettings from(const Json& tokenizer, const std::filesystem::path& file);
};

}  // namespace latentrt::text
