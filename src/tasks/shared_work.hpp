#pragma once
/// The work that ranks share in addition to the network's calls.

#include "comm/communicator.hpp"
#include "pipeline/pipeline_state.hpp"
#include "sampling/plan.hpp"

namespace latentrt::pipeline {

/// Throws Error(invalid_argument) if these ranks (null: a single one) cannot share the plan's work
/// on latents with this many rows.
void check_ranks(const sampling::Plan& plan, std::int64_t rows, comm::Communicator* ranks);

/// Pictures of latents, undefined on ranks other than the first. Other ranks take part unless
/// slicing or tiling is on.
at::Tensor decode_together(const Pipeline::State& model, const sampling::Plan& plan,
                           comm::Communicator* ranks, const at::Tensor& latents,
                           const VaeOptions& options);

}  // namespace latentrt::pipeline
