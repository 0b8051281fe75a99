/// LLaDA: Large Language Diffusion Models (Nie et al. 2025), in its versions Base, Instruct and
/// 1.5.

#include "components/family_table.hpp"

namespace latentrt::pipeline {
namespace {

/// The paper's model of 1.49 B parameters, 0.97 B without embeddings.
constexpr const char* k1B = R"({
  "model_type": "llada", "d_model": 2048, "n_layers": 22, "n_heads": 32, "n_kv_heads": 4,
  "mlp_hidden_size": 5634, "vocab_size": 126464, "embedding_size": 126464, "weight_tying": false,
  "max_sequence_length": 4096, "rms_norm_eps": 1e-5, "rope_theta": 500000.0,
  "mask_token_id": 126336, "eos_token_id": 126081})";

/// LLaDA-8B-Base, -8B-Instruct and -1.5: 8.02 B parameters.
constexpr const char* k8B = R"({
  "model_type": "llada", "d_model": 4096, "n_layers": 32, "n_heads": 32, "n_kv_heads": 32,
  "mlp_hidden_size": 12288, "vocab_size": 126464, "embedding_size": 126464, "weight_tying": false,
  "max_sequence_length": 4096, "rms_norm_eps": 1e-5, "rope_theta": 500000.0,
  "mask_token_id": 126336, "eos_token_id": 126081})";

}  // namespace

void register_llada(FamilyTable& table) {
  table.add(LanguageFamily{
      .name = "llada",
      .model_types = {"llada"},
      .architectures = {"LLaDAModelLM"},
      .read = read_llada,
      .key_map = llada_key,
      .conversation = {.before = "<|startoftext|><|start_header_id|>user<|end_header_id|>\n\n",
                       .after = "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
                       .turn_end = "<|eot_id|>"},
      .sizes = {{"llada-1b", k1B}, {"llada-8b", k8B}}});
}

}  // namespace latentrt::pipeline
