#pragma once
/// A tokenizer's vocabulary and merges, read and checked, in either of the two common forms.

#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

#include "text/added_tokens.hpp"
#include "text/bpe.hpp"

namespace latentrt::text {

/// An added token as listed in a file.
struct ListedToken {
  TokenId id;
  AddedToken token;
};

struct Vocabulary {
  std::unordered_map<std::string, TokenId> ids;
  MergeTable merges;
  std::vector<ListedToken> listed;  ///< the added tokens of tokenizer.json

  /// Throws Error(bad_file) that names `file` if the token already has another id.
  void add(const std::string& token, TokenId id, const std::filesystem::path& file);
  /// Throws Error(bad_file) that names `file` if the token does not exist.
  TokenId id_of(const std::string& token, const std::filesystem::path& file) const;
  /// Throws Error(bad_file) unless the ids count from 0 without gaps, so that they can index an
  /// embedding table.
  void check_ids(const std::filesystem::path& file) const;
};

/// Reads tokenizer.json, or vocab.json + merges.txt. Throws Error(not_found or bad_file) that names
/// file and entry.
Vocabulary read_vocabulary(const std::filesystem::path& directory);

}  // namespace latentrt::text
