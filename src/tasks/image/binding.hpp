#pragma once
/// A request bound to a model and a plan: what its check finds, for the run to use.

#include <cstdint>
#include <latentrt/pixels.hpp>
#include <latentrt/sampler.hpp>
#include <optional>
#include <vector>

#include "components/family.hpp"
#include "pipeline/pipeline_state.hpp"
#include "sampling/plan.hpp"

namespace latentrt::pipeline {

/// Refers to the request, which outlives it.
struct Binding {
  ConditioningCall conditioning;           ///< the request, its pixels, guidance and prompt chunks
  std::vector<std::int64_t> latent_shape;  ///< [batch,C,h,w]
  std::vector<std::uint64_t> seeds;        ///< one for all pictures, or one each
  std::optional<PixelView> image;          ///< to start from
};

/// Throws Error(invalid_argument) for text that no tokenizer takes.
void check_prompts(const Request& request);

/// Checks sizes, shapes and combinations; reads no weights and computes nothing. `ranks` share the
/// work; null: none do. Throws Error(invalid_argument).
Binding bind_request(const Pipeline::State& model, const SamplerOptions& options,
                     const sampling::Plan& plan, const Request& request, comm::Communicator* ranks);

}  // namespace latentrt::pipeline
