#pragma once
/// LLaDA's objective (Nie et al. 2025, equation 3 and algorithm 2).

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <latentrt/train.hpp>

namespace latentrt::train {

struct Masking {
  at::Tensor probability;  ///< [B] fp32: probability with which a token of the row is masked
  at::Tensor masked;       ///< [B,G] bool

  Masking rows(std::int64_t begin, std::int64_t count) const {
    return {probability.narrow(0, begin, count), masked.narrow(0, begin, count)};
  }
  Masking to(at::Device device) const { return {probability.to(device), masked.to(device)}; }
};

/// Draws the masks of a batch. The tensors are on the CPU.
Masking draw_masking(std::int64_t batch, std::int64_t gen_length, const PretrainOptions& options,
                     at::Generator generator);

/// Returns the mean over rows of the cross-entropy of the masked tokens divided by the row's
/// probability, summed over the row and divided by the length of the answer. `logits` [B,G,V],
/// `answers` [B,G].
at::Tensor masked_loss(const at::Tensor& logits, const at::Tensor& answers, const Masking& masking);

}  // namespace latentrt::train
