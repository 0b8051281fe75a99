#include <fmt/format.h>

#include <array>

#include "io/names/name_segments.hpp"
#include "io/names/stored_name.hpp"

namespace latentrt::io {
namespace {

constexpr std::array<std::string_view, 3> kProjections{"q_proj", "k_proj", "v_proj"};

/// Queries, keys and values are stored as one matrix, in this order.
StoredName attention_name(const std::string& layer, NameSegments name) {
  const std::string_view projection = name.next();
  for (std::size_t i = 0; i < kProjections.size(); ++i) {
    if (projection == kProjections[i])
      return {layer + "attn.in_proj_" + std::string(name.rest()), static_cast<int>(i), 3};
  }
  return {fmt::format("{}attn.{}.{}", layer, projection, name.rest())};
}

}  // namespace

StoredName open_clip_name(std::string_view canonical) {
  if (canonical == "text_projection.weight") return {.name = "text_projection", .transposed = true};
  NameSegments segments(canonical);
  if (segments.next() != "encoder") {
    return {with_prefix_replaced(canonical,
                                 {{"embeddings.token_embedding", "token_embedding"},
                                  {"embeddings.position_embedding.weight", "positional_embedding"},
                                  {"final_layer_norm", "ln_final"}})};
  }
  segments.next();
  const std::string layer = fmt::format("transformer.resblocks.{}.", segments.next_number());
  const std::string_view module = segments.rest();
  if (segments.next() == "self_attn") return attention_name(layer, segments);
  return {layer + with_prefix_replaced(module, {{"layer_norm1", "ln_1"},
                                                {"layer_norm2", "ln_2"},
                                                {"mlp.fc1", "mlp.c_fc"},
                                                {"mlp.fc2", "mlp.c_proj"}})};
}

}  // namespace latentrt::io
