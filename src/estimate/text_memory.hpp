#pragma once
/// Estimates the memory of a run of a language model before it is allocated.

#include <latentrt/text.hpp>

#include "pipeline/language_model_state.hpp"
#include "sampling/masked/masked.hpp"
#include "sampling/plan.hpp"

namespace latentrt::pipeline {

/// What the largest call of a run computes.
struct TextCall {
  const sampling::Plan& plan;
  const sampling::PredictionOptions& prediction;
  std::int64_t items, tokens;  ///< of an item: padding, prompt and answer
  std::int64_t wanted;         ///< tokens of an item whose logits it needs
  NoiseKind noise;
};

/// `dtype` replaces the model's own, to estimate the effect of another one.
MemoryEstimate estimate_text_memory(const TextModel::State& model, const TextCall& call,
                                    DType dtype);

/// Throws Error(invalid_argument) if the estimate is above `limit`, which is not 0; the sentence
/// names the required memory and changes with which it would fit.
void check_text_memory(const TextModel::State& model, const TextCall& call, std::uint64_t limit);

}  // namespace latentrt::pipeline
