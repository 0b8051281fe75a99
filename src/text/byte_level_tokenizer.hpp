#pragma once
/// Byte-level BPE of language models (Radford et al. 2019), as tokenizer.json describes it.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace latentrt::text {

/// Immutable; may be shared between threads.
class ByteLevelTokenizer {
 public:
  /// Reads tokenizer.json. Throws Error: not_found, bad_file (names file and entry), unsupported
  /// (names the kind of normalizer, pre-tokenizer, pattern or model that this library does not
  /// support, because its tokens would differ).
  static ByteLevelTokenizer load(const std::filesystem::path& directory);

  /// The ids of a text. Added tokens in it are matched as a whole; no token is added before or
  /// after it. Throws Error(invalid_argument) for text that is not UTF-8 or longer than 1 MiB.
  std::vector<std::int64_t> encode(std::string_view text) const;

  /// The bytes of a token; "" for an id that does not exist.
  const std::string& bytes_of(std::int64_t id) const;
  bool is_special(std::int64_t id) const;
  /// The text of these tokens, with U+FFFD for bytes that are not UTF-8.
  std::string decode(std::span<const std::int64_t> ids, bool skip_special) const;

  /// The id of a token, given by its text in the vocabulary.
  std::optional<std::int64_t> find(std::string_view token) const;
  /// One more than the largest id.
  std::int64_t size() const noexcept;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace latentrt::text
