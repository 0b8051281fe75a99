#include "sampling/seed_sequence.hpp"

#include <array>
#include <cstddef>

namespace latentrt::sampling {
namespace {

constexpr std::size_t kPool = 24;
constexpr int kHalfWord = 16;

/// Changes its own constant with each value.
class Hash {
 public:
  Hash(std::uint32_t constant, std::uint32_t factor) : constant_(constant), factor_(factor) {}

  std::uint32_t operator()(std::uint32_t value) {
    value ^= constant_;
    constant_ *= factor_;
    value *= constant_;
    return value ^ value >> kHalfWord;
  }

 private:
  std::uint32_t constant_, factor_;
};

std::uint32_t mixed(std::uint32_t x, std::uint32_t y) {
  constexpr std::uint32_t kLeft = 0xca01f9dd, kRight = 0x4973f715;
  const std::uint32_t value = kLeft * x - kRight * y;
  return value ^ value >> kHalfWord;
}

/// In 32-bit words, the lowest first; one at least.
void append_words(std::vector<std::uint32_t>& words, std::uint64_t value) {
  constexpr int kWord = 32;
  do {
    words.push_back(static_cast<std::uint32_t>(value));
    value >>= kWord;
  } while (value != 0);
}

}  // namespace

std::uint32_t seed_from(std::uint64_t entropy, const std::vector<std::uint64_t>& key) {
  std::vector<std::uint32_t> words;
  append_words(words, entropy);
  words.resize(kPool);  // zeros change nothing if there is no key
  for (const std::uint64_t part : key) append_words(words, part);

  Hash hash(0x43b0d7e5, 0x931e8875);
  std::array<std::uint32_t, kPool> pool{};
  for (std::size_t i = 0; i < kPool; ++i) pool[i] = hash(words[i]);
  for (std::size_t from = 0; from < kPool; ++from)
    for (std::size_t to = 0; to < kPool; ++to)
      if (from != to) pool[to] = mixed(pool[to], hash(pool[from]));
  for (std::size_t i = kPool; i < words.size(); ++i)
    for (std::uint32_t& value : pool) value = mixed(value, hash(words[i]));
  return Hash(0x8b51f9dd, 0x58f38ded)(pool[0]);
}

}  // namespace latentrt::sampling
