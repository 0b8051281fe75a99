#pragma once
/// Tokens outside the merges, such as <|endoftext|>: matched in text as a whole and never split.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/bpe.hpp"

namespace latentrt::text {

struct AddedToken {
  std::string content;
  bool normalized = false;   ///< matched after normalisation, hence in any case, instead of before
  bool strip_left = false;   ///< includes white space before it
  bool strip_right = false;  ///< includes white space after it
  bool special = false;      ///< not shown as part of a text, for example its end
};

/// A part of a text: an added token, or the text between two of them.
struct TextPart {
  std::string_view text;
  std::optional<TokenId> id;
};

/// Finds added tokens from left to right, the longest first if several start at the same place.
/// Linear in the text for tokens of bounded length.
class AddedTokenSplitter {
 public:
  /// The content must not be empty. Replaces a token with the same content.
  void add(const AddedToken& token, TokenId id);

  /// The text must be valid UTF-8; the parts point into it and are not empty.
  std::vector<TextPart> split(std::string_view text) const;

 private:
  struct Entry {
    TokenId id;
    bool strip_left, strip_right;
  };
  struct Found {
    std::size_t length;
    const Entry* entry;
  };
  struct Node {
    std::map<char, std::size_t> next;
    std::optional<Entry> entry;
  };

  std::optional<Found> find_at(std::string_view text) const;

  std::vector<Node> nodes_{1};
};

}  // namespace latentrt::text
