#include "cli/toys/model_files.hpp"

#include <latentrt/train.hpp>
#include <nlohmann/json.hpp>

namespace latentrt::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kBytes = 256, kPositions = 64;
constexpr const char *kEnd = "<|endoftext|>", *kMask = "<|mdm_mask|>";

Json config_of(const ToyModel& model) {
  const int end = kBytes + static_cast<int>(model.words.size());
  return {{"architectures", {"LLaDAModelLM"}},
          {"model_type", "llada"},
          {"d_model", model.hidden_size},
          {"n_layers", model.layers},
          {"n_heads", model.heads},
          {"n_kv_heads", model.heads},
          {"mlp_hidden_size", model.intermediate_size},
          {"vocab_size", end + 2},
          {"embedding_size", end + 2},
          {"weight_tying", model.tied_embeddings},
          {"max_sequence_length", kPositions},
          {"activation_type", "silu"},
          {"block_type", "llama"},
          {"layer_norm_type", "rms"},
          {"rms_norm_eps", 1e-5},
          {"rope", true},
          {"rope_full_precision", true},
          {"rope_theta", 10000.0},
          {"alibi", false},
          {"include_bias", false},
          {"include_qkv_bias", false},
          {"attention_layer_norm", false},
          {"input_emb_norm", false},
          {"scale_logits", false},
          {"multi_query_attention", nullptr},
          {"mask_token_id", end + 1},
          {"eos_token_id", end}};
}

std::string text_of(const Json& json) { return json.dump(2) + "\n"; }

}  // namespace

std::map<std::string, std::string> toy_model_files(const ToyModel& model) {
  const Json generation = {{"gen_length", model.gen_length},
                           {"block_length", model.gen_length},
                           {"steps", model.gen_length}};
  return {{"config.json", text_of(config_of(model))},
          {"generation_config.json", text_of(generation)},
          {"tokenizer.json", word_tokenizer(model.words, {kEnd, kMask})},
          {"tokenizer_config.json", text_of({{"eos_token", kEnd}, {"mask_token", kMask}})}};
}

}  // namespace latentrt::cli
