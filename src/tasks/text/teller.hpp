#pragma once
/// Reports the steps of a run to its observer.

#include <latentrt/text.hpp>

#include "sampling/run.hpp"

namespace latentrt::pipeline {

/// Calls the observer after each step. Answers that have left the batch are reported unchanged.
class StepTeller {
 public:
  /// `begun` is the state before the first step. The observer must outlive this object.
  StepTeller(const TextObserver& on_step, std::int64_t mask_id, std::int64_t gen_length,
             const sampling::State& begun);

  /// Called after each step; `state` is the state after it.
  void operator()(const sampling::Progress& progress, const sampling::State& state);

 private:
  const TextObserver& on_step_;
  std::int64_t mask_id_, gen_length_;
  std::vector<TokenIds> before_;
};

}  // namespace latentrt::pipeline
