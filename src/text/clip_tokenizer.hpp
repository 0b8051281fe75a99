#pragma once
/// The byte-level BPE tokenizer of CLIP text encoders.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace latentrt::text {

/// Token ids of one prompt: begin, at most length-2 tokens, end, then padding up to the model's
/// length.
struct TokenizedPrompt {
  std::vector<std::int64_t> ids;
  bool truncated = false;
  std::size_t token_count = 0;  ///< number of tokens of the prompt before truncation
};

/// Immutable; may be shared between threads.
class ClipTokenizer {
 public:
  /// Reads tokenizer.json, or else vocab.json and merges.txt, and tokenizer_config.json,
  /// special_tokens_map.json and added_tokens.json if they exist. Vocabulary size, merges, begin,
  /// end, unknown and pad ids and the length all come from the files. Throws Error: not_found,
  /// bad_file (names file and entry), unsupported (another kind of tokenizer).
  static ClipTokenizer load(const std::filesystem::path& directory);

  /// A copy with another padding id: OpenCLIP's models pad with 0.
  ClipTokenizer padded_with(std::int64_t pad) const;

  /// A copy with one more token, whose text (matched in any case, never split) becomes these ids.
  /// Throws Error(invalid_argument) if the text is not a name, or is already a token.
  ClipTokenizer with_token(std::string_view content, std::vector<std::int64_t> ids) const;

  /// Throws Error(invalid_argument) if the prompt is not valid UTF-8 or longer than 1 MiB.
  TokenizedPrompt encode(std::string_view prompt) const;
  /// The ids of a text, without begin, end, padding and truncation.
  std::vector<std::int64_t> tokenize(std::string_view text) const;
  /// Bytes of the text that its first `count` tokens cover; all bytes if it has no more tokens. A
  /// character with a token outside the first `count` is not included.
  std::size_t prefix_of(std::string_view text, std::size_t count) const;

  std::int64_t begin_id() const noexcept;
  std::int64_t end_id() const noexcept;
  std::int64_t pad_id() const noexcept;
  std::size_t length() const noexcept;  ///< model_max_length, 77 for CLIP
  std::size_t vocab_size() const noexcept;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace latentrt::text
