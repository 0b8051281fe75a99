#pragma once
/// What a run tells its observer.

#include <latentrt/text.hpp>

#include "sampling/run.hpp"

namespace latentrt::pipeline {

/// Answers that have left the batch stay as they were.
class StepTeller {
 public:
  /// `begun`: the state before the first step. The observer outlives this.
  StepTeller(const TextObserver& on_step, std::int64_t mask_id, std::int64_t gen_length,
             const sampling::State& begun);

  /// `state`: after the step.
  void operator()(const sampling::Progress& progress, const sampling::State& state);

 private:
  const TextObserver& on_step_;
  std::int64_t mask_id_, gen_length_;
  std::vector<TokenIds> before_;
};

}  // namespace latentrt::pipeline
