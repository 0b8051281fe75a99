#include "base/content_hash.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <charconv>
#include <new>

namespace latentrt {
namespace {

constexpr std::size_t kDigits = 16;  ///< of each half

ContentHash from(const XXH128_hash_t& hash) { return {hash.high64, hash.low64}; }

std::optional<std::uint64_t> half_from(std::string_view digits) {
  std::uint64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, 16);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace

ContentHash content_hash(std::span<const std::byte> bytes) {
  return from(XXH3_128bits(bytes.data(), bytes.size()));
}

std::string to_text(const ContentHash& hash) {
  return fmt::format("{:016x}{:016x}", hash.high, hash.low);
}

std::optional<ContentHash> content_hash_from(std::string_view text) {
  if (text.size() != 2 * kDigits) return std::nullopt;
  const auto high = half_from(text.substr(0, kDigits)), low = half_from(text.substr(kDigits));
  if (!high || !low) return std::nullopt;
  return ContentHash{*high, *low};
}

struct ContentHasher::State {
  std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> xxh{XXH3_createState(), XXH3_freeState};
};

ContentHasher::ContentHasher() : state_(std::make_unique<State>()) {
  if (!state_->xxh) throw std::bad_alloc();
  XXH3_128bits_reset(state_->xxh.get());
}

ContentHasher::~ContentHasher() = default;

void ContentHasher::add(std::span<const std::byte> bytes) {
  XXH3_128bits_update(state_->xxh.get(), bytes.data(), bytes.size());
}

ContentHash ContentHasher::hash() const { return from(XXH3_128bits_digest(state_->xxh.get())); }

}  // namespace latentrt
