#pragma once
/// A tokenizer's files, read and checked, in either of the two forms that are in use.

#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

#include "text/bpe.hpp"

namespace latentrt::text {

struct Vocabulary {
  std::unordered_map<std::string, TokenId> ids;
  MergeTable merges;
  std::vector<std::string> special_tokens;  ///< found in text as a whole, never split
  std::string begin = "<|startoftext|>", end = "<|endoftext|>", unknown = "<|endoftext|>", pad = "<|endoftext|>";
  std::size_t length = 77;

  /// Throws Error(bad_file) that names `what` when the token is not in the vocabulary.
  TokenId id_of(const std::string& token, const std::string& what) const;
};

/// Reads vocab.json + merges.txt, or tokenizer.json; then tokenizer_config.json and special_tokens_map.json where
/// present. Throws Error(not_found or bad_file) that names file and entry.
Vocabulary read_vocabulary(const std::filesystem::path& directory);

}  // namespace latentrt::text
