#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "text/vocabulary.hpp"

namespace latentrt::text {

/// Which tokens are special, and how long a prompt may be.
struct TokenizerSettings {
  std::string begin, end, unknown, pad;
  std::vector<AddedToken>
      added;  ///< all tokens that are found as a whole, the special ones among them, each once
  std::vector<ListedToken> listed;  ///< those of them whose id a file states
  std::size_t length = 0;
};

/// Reads tokenizer_config.json, special_tokens_map.json and added_tokens.json where present; CLIP's
/// defaults hold for what they leave out. `listed` are the added tokens of tokenizer.json. Throws
/// Error(bad_file) that names file and entry.
TokenizerSettings read_tokenizer_settings(const std::filesystem::path& directory,
                                          const std::vector<ListedToken>& listed);

}  // namespace latentrt::text
