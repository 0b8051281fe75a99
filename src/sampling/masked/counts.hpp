#pragma once
/// How many masked tokens each step of a block commits.

#include <cstdint>
#include <string_view>
#include <vector>

namespace latentrt::sampling {

/// The blocks of an answer: `gen_length` tokens in blocks from left to right, each of which takes
/// the same number of steps.
struct Blocks {
  std::int64_t gen_length = 0, block_length = 0, steps = 0;

  std::int64_t count() const { return gen_length / block_length; }
  std::int64_t steps_per_block() const { return steps / count(); }
  /// Throws Error(invalid_argument) unless block_length divides gen_length and the number of blocks
  /// divides steps.
  void check() const;
};

/// Returns how many tokens each step of a block commits; the counts add up to `masks`. `schedule`
/// is "llada", equal counts, with the remainder spread over the first steps (Nie et al. 2025), or
/// one of MaskGIT's (Chang et al. 2022): "linear", "cosine", "log", "exp", or "pow" with an
/// exponent. Throws Error(invalid_argument) for any other schedule.
std::vector<std::int64_t> transfer_counts(std::string_view schedule, std::int64_t masks,
                                          std::int64_t steps);

}  // namespace latentrt::sampling
