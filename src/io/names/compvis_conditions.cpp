#include <fmt/format.h>

#include "io/names/name_segments.hpp"
#include "io/names/stored_name.hpp"

namespace latentrt::io {

/// Attention and feed-forward layers are numbered one after the other; each begins with its norm.
std::string compvis_transformer_name(std::string_view canonical) {
  NameSegments segments(canonical);
  if (segments.next() != "model") return std::string(canonical);
  const std::string_view inner = segments.rest();
  if (segments.next() != "layers") {
    return with_prefix_replaced(inner, {{"embed_tokens", "token_emb"},
                                        {"embed_positions", "pos_emb.emb"},
                                        {"layer_norm", "norm"}});
  }
  const int layer = segments.next_number();
  const std::string attention = fmt::format("attn_layers.layers.{}.", 2 * layer),
                    feed_forward = fmt::format("attn_layers.layers.{}.", 2 * layer + 1);
  const std::string names[] = {attention + "0",
                               attention + "1.to_q",
                               attention + "1.to_k",
                               attention + "1.to_v",
                               attention + "1.to_out",
                               feed_forward + "0",
                               feed_forward + "1.net.0.0",
                               feed_forward + "1.net.2"};
  return with_prefix_replaced(segments.rest(), {{"self_attn_layer_norm", names[0]},
                                                {"self_attn.q_proj", names[1]},
                                                {"self_attn.k_proj", names[2]},
                                                {"self_attn.v_proj", names[3]},
                                                {"self_attn.out_proj", names[4]},
                                                {"final_layer_norm", names[5]},
                                                {"fc1", names[6]},
                                                {"fc2", names[7]}});
}

}  // namespace latentrt::io
