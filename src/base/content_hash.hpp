#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace latentrt {

/// 128 bits of a content (XXH3): two contents that differ have the same by chance once in 2^128
/// pairs. Somebody who wants to can make two that have.
struct ContentHash {
  std::uint64_t high = 0, low = 0;
  bool operator==(const ContentHash&) const = default;
};

ContentHash content_hash(std::span<const std::byte> bytes);
inline ContentHash content_hash(std::string_view text) {
  return content_hash(std::as_bytes(std::span(text)));
}

/// 32 hexadecimal digits, and back; nothing for another text.
std::string to_text(const ContentHash& hash);
std::optional<ContentHash> content_hash_from(std::string_view text);

/// The hash of a content that comes in parts.
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
