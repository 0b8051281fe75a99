#pragma once
/// Request::neighbours as tensors, and the vector of a prompt in the same space.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <latentrt/sampler.hpp>
#include <string_view>

#include "components/model.hpp"

namespace latentrt::pipeline {

/// Number of neighbours that the denoiser reads.
std::int64_t neighbour_count(const Request& request);

/// Throws Error(invalid_argument) for neighbours that the model cannot read, and for prompt
/// settings that have no effect on a prompt's single vector. Computes nothing.
void check_neighbours(const Model& model, const Request& request);

/// Normalizes the rows of [...,D] fp32 to norm 1; rows of norm 1 (to 1e-3) and zero rows are
/// unchanged.
at::Tensor unit_rows(const at::Tensor& rows);

/// [B,k,D] fp32 on the host for prompt embeddings [B,L,D] on the host; the first token is the
/// vector to which neighbours are compared.
at::Tensor neighbours_of(const Request& request, const at::Tensor& prompts);

/// The prompt's projected state [1,1,D] fp32 on the host, of norm 1. Throws Error(invalid_argument)
/// for a model without a text encoder.
at::Tensor prompt_vector(const Model& model, std::string_view prompt);

}  // namespace latentrt::pipeline
