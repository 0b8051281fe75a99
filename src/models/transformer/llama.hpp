#pragma once
/// Transformers like Llama (Touvron et al. 2023) over tokens: RMS norms before each layer, rotary
/// position embeddings, a gated feed-forward layer; with or without a causal mask.

#include "models/transformer/llama_config.hpp"
#include "nn/program/program.hpp"

namespace latentrt::models {

/// Names of the network's inputs.
inline constexpr const char* kInputIds = "input_ids";
inline constexpr const char* kPositionIds = "position_ids";
inline constexpr const char* kAttentionMask = "attention_mask";
inline constexpr const char* kLogitIndices = "logit_indices";

/// Inputs, all int64: "input_ids", "position_ids" and "attention_mask" [B,L], which is 0 for
/// padding, and "logit_indices" [B,K], the tokens whose logits are computed. Output: "logits"
/// [B,K,vocab_size]. Named values: hidden_state(i) of CLIP, [B,L,C], and "last_hidden_state", after
/// the final norm.
nn::Program build_llama(const LlamaConfig& config);

}  // namespace latentrt::models
