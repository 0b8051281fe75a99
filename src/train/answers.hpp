#pragma once
/// Batches of prompts with answers, as inputs of a network.

#include <latentrt/text.hpp>
#include <span>

#include "nn/run/network.hpp"
#include "tasks/text/batch.hpp"

namespace latentrt::train {

/// How a model represents masks and where it computes the logits of a token.
struct AnswerForm {
  std::int64_t mask_id = 0;
  bool shifted = false;  ///< see sampling::MaskedOptions
};

/// Prompts of any lengths with answers of one length: the last `gen_length` tokens of every row.
struct AnswerRows {
  pipeline::TextBatch batch;
  std::int64_t gen_length = 0;

  at::Tensor answers() const {
    return batch.ids.narrow(1, batch.ids.size(1) - gen_length, gen_length);
  }
  AnswerRows rows(std::int64_t begin, std::int64_t count) const;
};

/// Throws Error(invalid_argument) for answers that are empty or of different lengths, sequences
/// that are longer than the model's context, and ids outside its vocabulary.
void check_rows(const TextModelInfo& model, const std::vector<TokenIds>& prompts,
                const std::vector<TokenIds>& answers);

AnswerRows make_answer_rows(const std::vector<TokenIds>& prompts,
                            const std::vector<TokenIds>& answers, std::int64_t mask_id,
                            at::Device device);

/// Returns the logits [N,G,V] of the answers' tokens. Gradients are recorded if the caller's
/// autograd mode is on.
at::Tensor answer_logits(const nn::Network& network, const AnswerRows& rows,
                         const AnswerForm& form);

/// Returns the ids as a tensor [N,G] int64 on the CPU.
at::Tensor to_tensor(std::span<const TokenIds> ids);

}  // namespace latentrt::train
