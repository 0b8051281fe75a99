#pragma once

#include <cstdint>

namespace latentrt::cli {

/// The mixing function of SplitMix64 (Steele et al. 2014).
constexpr std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

/// SplitMix64: random values that depend only on a seed and an index, and are the same on every
/// machine.
class Draws {
 public:
  Draws(std::uint64_t seed, std::uint64_t number) : state_(mixed(seed) ^ mixed(~number)) {}

  /// Returns a random value from 0 to limit - 1.
  int below(int limit) {
    state_ += 0x9E3779B97F4A7C15;
    return static_cast<int>(mixed(state_) % static_cast<std::uint64_t>(limit));
  }

 private:
  std::uint64_t state_;
};

}  // namespace latentrt::cli
