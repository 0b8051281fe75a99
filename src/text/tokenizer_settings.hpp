#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "text/vocabulary.hpp"

namespace latentrt::text {

/// The special tokens, and the maximum length of a prompt.
struct TokenizerSettings {
  std::string begin, end, unknown, pad;
  /// all tokens that are matched as a whole, including the special ones, each once
  std::vector<AddedToken> added;
  std::vector<ListedToken> listed;  ///< those of them whose id a file states
  std::size_t length = 0;
};

/// Reads tokenizer_config.json, special_tokens_map.json and added_tokens.json if they exist, with
/// CLIP's defaults for missing entries. `listed` are the added tokens of tokenizer.json. Throws
/// Error(bad_file) that names file and entry.
TokenizerSettings read_tokenizer_settings(const std::filesystem::path& directory,
                                          const std::vector<ListedToken>& listed);

}  // namespace latentrt::text
