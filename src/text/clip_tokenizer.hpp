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
  std::size_t token_count = 0;  ///< tokens of the prompt itself before truncation
};

/// Immutable and shareable between threads.
class ClipTokenizer {
 public:
  /// Reads tokenizer.json, or else vocab.json + merges.txt, with tokenizer_config.json,
  /// special_tokens_map.json and added_tokens.json where present. Vocabulary size, merges, begin,
  /// end, unknown and pad ids and the length all come from the files. Throws Error: not_found,
  /// bad_file (names file and entry), unsupported (another kind of tokenizer).
  static ClipTokenizer load(const std::filesystem::path& directory);

  /// The same with another id behind the end: OpenCLIP's models pad with 0.
  ClipTokenizer padded_with(std::int64_t pad) const;

  /// The same with one more token, whose text (found in any case, never split) becomes these ids. Throws
  /// Error(invalid_argument) when the text is no name, or already a token of its own.
  ClipTokenizer with_token(std::string_view content, std::vector<std::int64_t> ids) const;

  /// Throws Error(invalid_argument) when the prompt is not valid UTF-8 or longer than 1 MiB.
  TokenizedPrompt encode(std::string_view prompt) const;
  /// The bare ids of a text, no begin/end/padding/truncation.
  std::vector<std::int64_t> tokenize(std::string_view text) const;
  /// How many bytes of the text its first `count` tokens stand for, all when it has no more. A character of which a token
  /// is not among them is not counted.
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
