#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace latentrt {

/// 128-bit hash of a content (XXH3). Two different contents have the same hash by chance with a
/// probability of 2^-128, but a collision can be constructed on purpose.
struct ContentHash {
  std::uint64_t high = 0, low = 0;
  bool operator==(const ContentHash&) const = default;
};

ContentHash content_hash(std::span<const std::byte> bytes);
inline ContentHash content_hash(std::string_view text) {
  return content_hash(std::as_bytes(std::span(text)));
}

/// To and from 32 hexadecimal digits; nothing for any other text.
std::string to_text(const ContentHash& hash);
std::optional<ContentHash> content_hash_from(std::string_view text);

/// Hashes a content that arrives in parts.
class ContentHasher {
 public:
  ContentHasher();
  ~ContentHasher();
  ContentHasher(const ContentHasher&) = delete;
  ContentHasher& operator=(const ContentHasher&) = delete;

  void add(std::span<const std::byte> bytes);
  ContentHash hash() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace latentrt
