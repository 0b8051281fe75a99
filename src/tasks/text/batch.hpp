#pragma once
/// Prompts of different lengths as rows of one length.

#include <ATen/core/Tensor.h>

#include <latentrt/text.hpp>

#include "nn/run/executor.hpp"

namespace latentrt::pipeline {

/// All are int64 on the device, with a row for each prompt: padding, the prompt, masks.
struct TextBatch {
  at::Tensor ids;      ///< [N,L]
  at::Tensor padding;  ///< [N], tokens before the prompt
};

TextBatch make_text_batch(const TextRequest& request, std::int64_t gen_length, std::int64_t mask_id,
                          at::Device device);

/// The network's inputs that do not change: positions, which begin with each prompt, and which
/// tokens are not padding; for both roles of guidance where `guided`.
nn::NamedTensors text_conditioning(const TextBatch& batch, bool guided);

}  // namespace latentrt::pipeline
