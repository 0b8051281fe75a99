#pragma once
/// Answers that end before all of their tokens are filled in.

#include <vector>

#include "sampling/guidance.hpp"
#include "sampling/masked/counts.hpp"

namespace latentrt::sampling {

struct EarlyStop {
  std::int64_t mask_id = 0;
  std::vector<std::int64_t> end_ids{};  ///< tokens that end an answer
  /// If set, an end counts only once its block is complete, because the policy may mask tokens of
  /// an incomplete block again.
  bool whole_blocks = false;
};

/// If an answer contains an end token and no mask before it, sets all tokens after the first such
/// end to that end token: a model that was trained on padded answers predicts nothing else there.
void end_answers(State& state, const Blocks& blocks, const EarlyStop& stop);

}  // namespace latentrt::sampling
