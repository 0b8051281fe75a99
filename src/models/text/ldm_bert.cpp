#include "models/text/ldm_bert.hpp"

#include "base/fail.hpp"
#include "nn/program/program_builder.hpp"

namespace latentrt::models {
namespace {

using nn::ProgramBuilder;
using nn::ValueId;

constexpr double kLayerNormEps = 1e-5;

nn::ActivationKind activation_from(const io::Config& config) {
  const std::string name = config.string("activation_function", "gelu");
  if (name == "gelu") return nn::ActivationKind::gelu;
  if (name == "quick_gelu") return nn::ActivationKind::quick_gelu;
  if (name == "relu") return nn::ActivationKind::relu;
  if (name == "silu" || name == "swish") return nn::ActivationKind::silu;
  fail(Code::unsupported,
       "{}: activation_function \"{}\" is not supported; it is one of gelu, quick_gelu, relu, silu",
       config.name(), name);
}

ValueId self_attention(ProgramBuilder& b, const std::string& path, ValueId x,
                       const LdmBertConfig& c) {
  const std::int64_t inner = c.heads * c.head_channels;
  const ValueId q = b.linear(path + ".q_proj", x, c.width, inner, false);
  const ValueId k = b.linear(path + ".k_proj", x, c.width, inner, false);
  const ValueId v = b.linear(path + ".v_proj", x, c.width, inner, false);
  const ValueId y = b.apply(path + ".sdpa", nn::Attention{static_cast<int>(c.heads)}, {q, k, v});
  return b.linear(path + ".out_proj", y, inner, c.width);
}

ValueId encoder_layer(ProgramBuilder& b, const std::string& path, ValueId x,
                      const LdmBertConfig& c) {
  ValueId y = b.layer_norm(path + ".self_attn_layer_norm", x, c.width, kLayerNormEps);
  x = b.add(path + ".self_attn", x, self_attention(b, path + ".self_attn", y, c));
  y = b.layer_norm(path + ".final_layer_norm", x, c.width, kLayerNormEps);
  y = b.linear(path + ".fc1", y, c.width, c.inner_width);
  y = b.apply(path + ".activation", nn::Activation{c.activation}, {y});
  return b.add(path, x, b.linear(path + ".fc2", y, c.inner_width, c.width));
}

}  // namespace

LdmBertConfig LdmBertConfig::from(const io::Config& config) {
  LdmBertConfig c;
  c.vocab_size = config.integer("vocab_size", c.vocab_size, 3, 1 << 20);
  c.width = config.integer("d_model", c.width, 1, 1 << 16);
  c.inner_width = config.integer("encoder_ffn_dim", c.inner_width, 1, 1 << 18);
  c.layers = config.integer("encoder_layers", c.layers, 1, 256);
  c.heads = config.integer("encoder_attention_heads", c.heads, 1, 1024);
  c.head_channels = config.integer("head_dim", c.head_channels, 1, 1 << 12);
  c.positions = config.integer("max_position_embeddings", c.positions, 2, 1 << 16);
  c.activation = activation_from(config);
  return c;
}

ClipConfig LdmBertConfig::text() const {
  ClipConfig clip;
  clip.vocab_size = vocab_size;
  clip.hidden_size = width;
  clip.intermediate_size = inner_width;
  clip.layers = layers;
  clip.heads = heads;
  clip.positions = positions;
  clip.activation = activation;
  return clip;
}

nn::Program build_ldm_bert(const LdmBertConfig& c) {
  ProgramBuilder b;
  const ValueId ids = b.input("input_ids", {.dims = {nn::Symbol::rows, nn::Symbol::tokens},
                                            .type = nn::ElementType::int64,
                                            .limit = c.vocab_size});
  ValueId x = b.embedding("model.embed_tokens", ids, c.vocab_size, c.width);
  x = b.add_positions("model.embed_positions", x, c.positions, c.width);
  b.name(x, hidden_state(0));
  for (std::int64_t i = 0; i < c.layers; ++i) {
    x = encoder_layer(b, "model.layers." + std::to_string(i), x, c);
    b.name(x, hidden_state(i + 1));
  }
  b.output(b.layer_norm("model.layer_norm", x, c.width, kLayerNormEps), "last_hidden_state");
  return std::move(b).build();
}

}  // namespace latentrt::models
