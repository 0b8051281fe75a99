#pragma once
/// Configurations of transformers like Llama, in the forms of several model families.

#include <cstdint>

#include "io/json.hpp"

namespace latentrt::models {

struct LlamaConfig {
  std::int64_t vocab_size = 32000;  ///< rows of the embedding table
  std::int64_t hidden_size = 4096;
  std::int64_t intermediate_size = 11008;
  std::int64_t layers = 32;
  std::int64_t heads = 32;
  std::int64_t kv_heads = 32;  ///< number of heads of keys and values; divides `heads`
  std::int64_t head_size = 128;
  std::int64_t positions = 4096;  ///< longest sequence that the model was trained on
  double rms_norm_eps = 1e-5;
  double rope_theta = 10000;
  bool causal = true;
  bool qkv_bias = false;
  bool qk_norm = false;  ///< RMS norms of the queries and keys of each head
  bool tied_embeddings = false;

  /// Llama, Qwen2 and Qwen3 (model_type), whose attention is causal. All of these throw
  /// Error(invalid_argument, unsupported) that names the field.
  static LlamaConfig from_llama(const io::Config& config);
  /// Dream (Ye et al. 2025): Qwen2 without the causal mask.
  static LlamaConfig from_dream(const io::Config& config);
  /// LLaDA (Nie et al. 2025): Llama without the causal mask, with the field names of OLMo.
  static LlamaConfig from_llada(const io::Config& config);
};

}  // namespace latentrt::models
