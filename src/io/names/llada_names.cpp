#include <fmt/format.h>

#include "io/names/name_segments.hpp"
#include "io/weights.hpp"

namespace latentrt::io {

std::string canonical_llada_key(std::string_view key) {
  constexpr std::string_view kPrefix = "model.transformer.";
  if (!key.starts_with(kPrefix)) return std::string(key);
  const std::string_view inner = key.substr(kPrefix.size());
  NameSegments segments(inner);
  if (segments.next() != "blocks") {
    return with_prefix_replaced(
        inner, {{"wte", "model.embed_tokens"}, {"ln_f", "model.norm"}, {"ff_out", "lm_head"}});
  }
  const int layer = segments.next_number();
  return fmt::format("model.layers.{}.{}", layer,
                     with_prefix_replaced(segments.rest(), {{"attn_norm", "input_layernorm"},
                                                            {"q_proj", "self_attn.q_proj"},
                                                            {"k_proj", "self_attn.k_proj"},
                                                            {"v_proj", "self_attn.v_proj"},
                                                            {"attn_out", "self_attn.o_proj"},
                                                            {"ff_norm", "post_attention_layernorm"},
                                                            {"ff_proj", "mlp.gate_proj"},
                                                            {"up_proj", "mlp.up_proj"},
                                                            {"ff_out", "mlp.down_proj"}}));
}

}  // namespace latentrt::io
