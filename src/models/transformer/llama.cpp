#include "models/transformer/llama.hpp"

#include "models/text/clip.hpp"
#include "nn/program/program_builder.hpp"

namespace latentrt::models {
namespace {

using nn::ProgramBuilder;
using nn::ValueId;

constexpr const char* kEmbedding = "model.embed_tokens";

struct Inputs {
  ValueId ids, positions, mask, logit_indices;
};

/// Inputs of a layer in addition to the states.
struct Shared {
  const LlamaConfig& config;
  const Inputs& inputs;
};

Inputs inputs_of(ProgramBuilder& b, const LlamaConfig& c) {
  const std::vector<nn::Dim> tokens{nn::Symbol::rows, nn::Symbol::tokens};
  const auto input = [&](const char* name, std::int64_t limit, nn::Changes changes) {
    return b.input(
        name, {.dims = tokens, .type = nn::ElementType::int64, .changes = changes, .limit = limit});
  };
  return {.ids = input(kInputIds, c.vocab_size, nn::Changes::per_call),
          .positions = input(kPositionIds, c.positions, nn::Changes::per_prompt),
          .mask = input(kAttentionMask, 2, nn::Changes::per_prompt),
          .logit_indices = input(kLogitIndices, 1, nn::Changes::per_call)};
}

/// Queries or keys, rotated by the positions of their tokens.
ValueId rotated(ProgramBuilder& b, const std::string& path, const std::string& name, ValueId x,
                std::int64_t heads, const Shared& of) {
  const LlamaConfig& c = of.config;
  x = b.linear(path + "." + name + "_proj", x, c.hidden_size, heads * c.head_size, c.qkv_bias);
  if (c.qk_norm) x = b.rms_norm(path + "." + name + "_norm", x, c.head_size, c.rms_norm_eps);
  const nn::RotaryEmbedding rotary{static_cast<int>(c.head_size), c.rope_theta};
  return b.apply(path + "." + name + "_rotary", rotary, {x, of.inputs.positions});
}

ValueId self_attention(ProgramBuilder& b, const std::string& path, ValueId x, const Shared& of) {
  const LlamaConfig& c = of.config;
  const ValueId q = rotated(b, path, "q", x, c.heads, of);
  const ValueId k = rotated(b, path, "k", x, c.kv_heads, of);
  const ValueId v =
      b.linear(path + ".v_proj", x, c.hidden_size, c.kv_heads * c.head_size, c.qkv_bias);
  const ValueId y = b.apply(path + ".sdpa", nn::Attention{static_cast<int>(c.heads), c.causal},
                            {q, k, v, of.inputs.mask});
  return b.linear(path + ".o_proj", y, c.heads * c.head_size, c.hidden_size, false);
}

ValueId feed_forward(ProgramBuilder& b, const std::string& path, ValueId x, const LlamaConfig& c) {
  const ValueId gate = b.linear(path + ".gate_proj", x, c.hidden_size, c.intermediate_size, false);
  const ValueId up = b.linear(path + ".up_proj", x, c.hidden_size, c.intermediate_size, false);
  const ValueId gated =
      b.apply(path + ".gated", nn::Multiply{}, {b.silu(path + ".act_fn", gate), up});
  return b.linear(path + ".down_proj", gated, c.intermediate_size, c.hidden_size, false);
}

ValueId layer(ProgramBuilder& b, const std::string& path, ValueId x, const Shared& of) {
  const LlamaConfig& c = of.config;
  ValueId y = b.rms_norm(path + ".input_layernorm", x, c.hidden_size, c.rms_norm_eps);
  x = b.add(path + ".self_attn", x, self_attention(b, path + ".self_attn", y, of));
  y = b.rms_norm(path + ".post_attention_layernorm", x, c.hidden_size, c.rms_norm_eps);
  return b.add(path + ".mlp", x, feed_forward(b, path + ".mlp", y, c));
}

}  // namespace

nn::Program build_llama(const LlamaConfig& c) {
  ProgramBuilder b;
  const Inputs inputs = inputs_of(b, c);
  ValueId x = b.embedding(kEmbedding, inputs.ids, c.vocab_size, c.hidden_size);
  b.name(x, hidden_state(0));
  for (std::int64_t i = 0; i < c.layers; ++i) {
    x = layer(b, "model.layers." + std::to_string(i), x, {c, inputs});
    b.name(x, hidden_state(i + 1));
  }
  x = b.rms_norm("model.norm", x, c.hidden_size, c.rms_norm_eps);
  b.name(x, "last_hidden_state");
  x = b.apply("logit_states", nn::GatherTokens{}, {x, inputs.logit_indices});
  const std::string head = c.tied_embeddings ? kEmbedding : "lm_head";
  b.output(b.linear(head, x, c.hidden_size, c.vocab_size, false), "logits");
  return std::move(b).build();
}

}  // namespace latentrt::models
