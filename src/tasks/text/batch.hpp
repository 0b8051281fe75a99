#pragma once
/// Batches of prompts of different lengths, padded to rows of one length.

#include <ATen/core/Tensor.h>

#include <latentrt/text.hpp>

#include "nn/run/executor.hpp"

namespace latentrt::pipeline {

/// A row for each prompt: padding, the prompt, and the masks of the answer. Both tensors are int64,
/// on the device of the model.
struct TextBatch {
  at::Tensor ids;      ///< [N,L]
  at::Tensor padding;  ///< [N], number of tokens before the prompt
};

TextBatch make_text_batch(const TextRequest& request, std::int64_t gen_length, std::int64_t mask_id,
                          at::Device device);

/// Returns the network inputs that are constant during a run: positions, counted from the start of
/// each prompt, and the attention mask, which is 0 for padding. If `guided`, the rows are repeated
/// for the unconditional role.
nn::NamedTensors text_conditioning(const TextBatch& batch, bool guided);

}  // namespace latentrt::pipeline
