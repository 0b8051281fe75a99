#include "models/text/clip.hpp"

#include <algorithm>

#include "base/fail.hpp"
#include "nn/program/program_builder.hpp"

namespace latentrt::models {
namespace {

using nn::ProgramBuilder;
using nn::ValueId;

constexpr std::int64_t kLegacyEosTokenId = 2;

nn::ActivationKind activation_from(const io::Config& config) {
  const std::string name = config.string("hidden_act", "quick_gelu");
  if (name == "quick_gelu") return nn::ActivationKind::quick_gelu;
  if (name == "gelu") return nn::ActivationKind::gelu;
  if (name == "silu" || name == "swish") return nn::ActivationKind::silu;
  fail(Code::unsupported,
       "{}: hidden_act \"{}\" is not supported; it is one of quick_gelu, gelu, silu", config.name(),
       name);
}

ValueId self_attention(ProgramBuilder& b, const std::string& path, ValueId x, const ClipConfig& c) {
  const ValueId q = b.linear(path + ".q_proj", x, c.hidden_size, c.hidden_size);
  const ValueId k = b.linear(path + ".k_proj", x, c.hidden_size, c.hidden_size);
  const ValueId v = b.linear(path + ".v_proj", x, c.hidden_size, c.hidden_size);
  const ValueId y =
      b.apply(path + ".sdpa", nn::Attention{static_cast<int>(c.heads), true}, {q, k, v});
  return b.linear(path + ".out_proj", y, c.hidden_size, c.hidden_size);
}

ValueId encoder_layer(ProgramBuilder& b, const std::string& path, ValueId x, const ClipConfig& c) {
  ValueId y = b.layer_norm(path + ".layer_norm1", x, c.hidden_size, c.layer_norm_eps);
  x = b.add(path + ".self_attn", x, self_attention(b, path + ".self_attn", y, c));
  y = b.layer_norm(path + ".layer_norm2", x, c.hidden_size, c.layer_norm_eps);
  y = b.linear(path + ".mlp.fc1", y, c.hidden_size, c.intermediate_size);
  y = b.apply(path + ".mlp.activation", nn::Activation{c.activation}, {y});
  y = b.linear(path + ".mlp.fc2", y, c.intermediate_size, c.hidden_size);
  return b.add(path, x, y);
}

}  // namespace

ClipConfig ClipConfig::from(const io::Config& config, bool with_projection) {
  ClipConfig c;
  c.vocab_size = config.integer("vocab_size", c.vocab_size, 3, 1 << 20);
  c.hidden_size = config.integer("hidden_size", c.hidden_size, 1, 1 << 16);
  c.intermediate_size = config.integer("intermediate_size", c.intermediate_size, 1, 1 << 18);
  c.layers = config.integer("num_hidden_layers", c.layers, 1, 256);
  c.heads = config.integer("num_attention_heads", c.heads, 1, 1024);
  c.positions = config.integer("max_position_embeddings", c.positions, 2, 1 << 16);
  c.projection_dim = config.integer("projection_dim", c.projection_dim, 1, 1 << 16);
  c.eos_token_id = config.integer("eos_token_id", c.eos_token_id, 0, 1 << 20);
  c.layer_norm_eps = config.number("layer_norm_eps", c.layer_norm_eps, 1e-12, 1);
  c.activation = activation_from(config);
  c.with_projection = with_projection;
  if (c.hidden_size % c.heads != 0) {
    fail(Code::invalid_argument, "{}: hidden_size {} is not divisible by num_attention_heads {}",
         config.name(), c.hidden_size, c.heads);
  }
  return c;
}

nn::Program build_clip(const ClipConfig& c) {
  ProgramBuilder b;
  const ValueId ids = b.input("input_ids", {.dims = {nn::Symbol::rows, nn::Symbol::tokens},
                                            .type = nn::ElementType::int64,
                                            .limit = c.vocab_size});
  const ValueId end =
      b.input("end_index",
              {.dims = {nn::Symbol::rows}, .type = nn::ElementType::int64, .limit = c.positions});
  ValueId x = b.embedding("embeddings.token_embedding", ids, c.vocab_size, c.hidden_size);
  x = b.add_positions("embeddings.position_embedding", x, c.positions, c.hidden_size);
  b.name(x, hidden_state(0));
  for (std::int64_t i = 0; i < c.layers; ++i) {
    x = encoder_layer(b, "encoder.layers." + std::to_string(i), x, c);
    b.name(x, hidden_state(i + 1));
  }
  x = b.layer_norm("final_layer_norm", x, c.hidden_size, c.layer_norm_eps);
  b.output(x, "last_hidden_state");
  const ValueId pooled = b.apply("pool", nn::SelectToken{}, {x, end});
  b.output(pooled, "pooled");
  if (c.with_projection) {
    b.output(b.linear("text_projection", pooled, c.hidden_size, c.projection_dim, false),
             "text_embeds");
  }
  return std::move(b).build();
}

std::string hidden_state(std::int64_t layers) { return "hidden." + std::to_string(layers); }

std::int64_t end_index(const ClipConfig& config, std::span<const std::int64_t> ids) {
  const auto found = config.eos_token_id == kLegacyEosTokenId
                         ? std::max_element(ids.begin(), ids.end())
                         : std::find(ids.begin(), ids.end(), config.eos_token_id);
  return found == ids.end() ? 0 : found - ids.begin();
}

}  // namespace latentrt::models
