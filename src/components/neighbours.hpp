#pragma once
/// Request::neighbours as tensors, and prompts as one vector of the same kind.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <latentrt/sampler.hpp>
#include <string_view>

#include "components/model.hpp"

namespace latentrt::pipeline {

/// How many the denoiser reads.
std::int64_t neighbour_count(const Request& request);

/// Throws Error(invalid_argument) for neighbours that the model cannot read, and for settings of
/// prompts that have no effect on a prompt's one vector. Computes nothing.
void check_neighbours(const Model& model, const Request& request);

/// [...,D] fp32 with rows of norm 1; rows whose norm is 1 to 1e-3, and zeros, stay as they are.
at::Tensor unit_rows(const at::Tensor& rows);

/// [B,k,D] fp32 on the host for prompts' embeddings [B,L,D] there, of which the first token is what
/// the neighbours are near to.
at::Tensor neighbours_of(const Request& request, const at::Tensor& prompts);

/// The prompt's projected state [1,1,D] fp32 on the host, of norm 1. Throws Error(invalid_argument)
/// for a model without a text encoder.
at::Tensor prompt_vector(const Model& model, std::string_view prompt);

}  // namespace latentrt::pipeline
