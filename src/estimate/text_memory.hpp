#pragma once
/// Estimates the memory of a run of a language model before it is allocated.

#include <latentrt/text.hpp>

#include "pipeline/language_model_state.hpp"
#include "sampling/masked/masked.hpp"
#include "sampling/plan.hpp"

namespace latentrt::pipeline {

/// Describes the largest call of a run.
struct TextCall {
  const sampling::Plan& plan;
  const sampling::PredictionOptions& prediction;
  std::int64_t items, tokens;  ///< tokens: of an item, including padding, prompt and answer
  std::int64_t wanted;         ///< tokens of an item whose logits the call computes
  NoiseKind noise;
};

/// Estimates the memory of the run. `dtype` replaces the model's dtype, to estimate the effect of
/// another one.
MemoryEstimate estimate_text_memory(const TextModel::State& model, const TextCall& call,
                                    DType dtype);

/// Throws Error(invalid_argument) if the estimate is above `limit`; 0 is no limit. The message
/// names the required memory and changes with which the run would fit.
void check_text_memory(const TextModel::State& model, const TextCall& call, std::uint64_t limit);

}  // namespace latentrt::pipeline
