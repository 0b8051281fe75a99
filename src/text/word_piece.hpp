#pragma once
/// The WordPiece tokenizer of BERT (Devlin et al. 2019).

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/clip_tokenizer.hpp"

namespace latentrt::text {

/// Immutable; may be shared between threads.
class WordPiece {
 public:
  /// Whether the folder has a tokenizer of this kind.
  static bool is_in(const std::filesystem::path& directory);

  /// Reads tokenizer.json, or else vocab.txt, with tokenizer_config.json if it exists. Prompts are
  /// padded to `length` ids. Throws Error: not_found, bad_file (names file and entry).
  static WordPiece load(const std::filesystem::path& directory, std::size_t length);

  /// Begin, the prompt's pieces, end, padding. Throws Error(invalid_argument) if the prompt is not
  /// valid UTF-8 or longer than 1 MiB.
  TokenizedPrompt encode(std::string_view prompt) const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace latentrt::text
