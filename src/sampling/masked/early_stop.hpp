#pragma once
/// Answers that end before all of their tokens are filled in.

#include <vector>

#include "sampling/guidance.hpp"
#include "sampling/masked/counts.hpp"

namespace latentrt::sampling {

struct EarlyStop {
  std::int64_t mask_id = 0;
  std::vector<std::int64_t> end_ids{};  ///< tokens that end an answer
  /// An end counts once its block is complete, since tokens of others may be masked again.
  bool whole_blocks = false;
};

/// Where an answer of the state's ids holds an end and no mask before it, all tokens after the
/// first such end become that end: a model that was trained on padded answers says nothing else.
void end_answers(State& state, const Blocks& blocks, const EarlyStop& stop);

}  // namespace latentrt::sampling
