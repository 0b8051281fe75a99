#include "models/transformer/llama_config.hpp"

#include "base/fail.hpp"
#include "models/fields.hpp"

namespace latentrt::models {
namespace {

constexpr std::int64_t kMaxWidth = 1 << 16, kMaxInnerWidth = 1 << 18, kMaxVocabulary = 1 << 20,
                       kMaxLayers = 256, kMaxHeads = 1024, kMaxPositions = 1 << 22;
constexpr double kMaxTheta = 1e12;

/// Field names that all of them share.
struct Fields {
  const char *vocab_size, *hidden_size, *intermediate_size, *layers, *heads, *kv_heads, *positions,
      *tied;
};

constexpr Fields kLlamaFields{.vocab_size = "vocab_size",
                              .hidden_size = "hidden_size",
                              .intermediate_size = "intermediate_size",
                              .layers = "num_hidden_layers",
                              .heads = "num_attention_heads",
                              .kv_heads = "num_key_value_heads",
                              .positions = "max_position_embeddings",
                              .tied = "tie_word_embeddings"};

constexpr Fields kLladaFields{.vocab_size = "vocab_size",
                              .hidden_size = "d_model",
                              .intermediate_size = "mlp_hidden_size",
                              .layers = "n_layers",
                              .heads = "n_heads",
                              .kv_heads = "n_kv_heads",
                              .positions = "max_sequence_length",
                              .tied = "weight_tying"};

void check_heads(const LlamaConfig& c, const io::Config& config, const Fields& names) {
  if (c.heads % c.kv_heads != 0)
    fail(Code::invalid_argument, "{}: {} {} is not divisible by {} {}", config.name(), names.heads,
         c.heads, names.kv_heads, c.kv_heads);
  if (c.head_size % 2 != 0)
    fail(Code::invalid_argument, "{}: heads of {} channels have no pairs to rotate", config.name(),
         c.head_size);
}

std::int64_t head_size(const LlamaConfig& c, const io::Config& config, const Fields& names) {
  if (config.has("head_dim")) return config.integer("head_dim", 0, 2, 1 << 12);
  if (c.hidden_size % c.heads != 0)
    fail(Code::invalid_argument, "{}: {} {} is not divisible by {} {}", config.name(),
         names.hidden_size, c.hidden_size, names.heads, c.heads);
  return c.hidden_size / c.heads;
}

/// Recent files have one object for all settings of the rotary embedding.
double rope_theta(const io::Config& config, double fallback) {
  const double own = config.number("rope_theta", fallback, 1, kMaxTheta);
  if (!config.has("rope_parameters")) return own;
  const io::Config inner = io::Config::from_text(config.json_text("rope_parameters"),
                                                 config.name() + ": rope_parameters");
  require_neutral(inner, {{"rope_type", "\"default\""}});
  return inner.number("rope_theta", own, 1, kMaxTheta);
}

LlamaConfig common(const io::Config& config, const Fields& names) {
  LlamaConfig c;
  c.vocab_size = config.integer(names.vocab_size, c.vocab_size, 1, kMaxVocabulary);
  c.hidden_size = config.integer(names.hidden_size, c.hidden_size, 1, kMaxWidth);
  c.intermediate_size =
      config.integer(names.intermediate_size, c.intermediate_size, 1, kMaxInnerWidth);
  c.layers = config.integer(names.layers, c.layers, 1, kMaxLayers);
  c.heads = config.integer(names.heads, c.heads, 1, kMaxHeads);
  c.kv_heads = config.integer(names.kv_heads, c.heads, 1, kMaxHeads);
  c.head_size = head_size(c, config, names);
  c.positions = config.integer(names.positions, c.positions, 1, kMaxPositions);
  c.rms_norm_eps = config.number("rms_norm_eps", c.rms_norm_eps, 1e-12, 1);
  c.rope_theta = rope_theta(config, c.rope_theta);
  c.tied_embeddings = config.boolean(names.tied, false);
  check_heads(c, config, names);
  return c;
}

/// Qwen2 always has biases; in the other types they are "attention_bias".
LlamaConfig llama_kind(const io::Config& config, bool qkv_bias) {
  require_silu(config, "hidden_act");
  require_neutral(config, {{"rope_scaling", ""},
                           {"mlp_bias", "false"},
                           {"use_sliding_window", "false"},
                           {"pretraining_tp", "1"}});
  LlamaConfig c = common(config, kLlamaFields);
  c.qkv_bias = qkv_bias;
  return c;
}

}  // namespace

LlamaConfig LlamaConfig::from_llama(const io::Config& config) {
  const std::string type = config.string("model_type", "");
  if (type != "llama" && type != "qwen2" && type != "qwen3")
    fail(Code::unsupported,
         "{}: model_type \"{}\" is not supported; it is one of llama, qwen2, qwen3", config.name(),
         type);
  if (type != "qwen2") require_neutral(config, {{"attention_bias", "false"}});
  LlamaConfig c = llama_kind(config, type == "qwen2");
  c.qk_norm = type == "qwen3";
  return c;
}

LlamaConfig LlamaConfig::from_dream(const io::Config& config) {
  LlamaConfig c = llama_kind(config, true);
  c.causal = false;
  return c;
}

LlamaConfig LlamaConfig::from_llada(const io::Config& config) {
  require_silu(config, "activation_type");
  require_neutral(config, {{"block_type", "\"llama\""},
                           {"layer_norm_type", "\"rms\""},
                           {"rope", "true"},
                           {"alibi", "false"},
                           {"include_bias", "false"},
                           {"include_qkv_bias", "false"},
                           {"attention_layer_norm", "false"},
                           {"input_emb_norm", "false"},
                           {"scale_logits", "false"},
                           {"multi_query_attention", "false"}});
  LlamaConfig c = common(config, kLladaFields);
  c.vocab_size = config.integer("embedding_size", c.vocab_size, c.vocab_size, kMaxVocabulary);
  c.causal = false;
  return c;
}

}  // namespace latentrt::models
