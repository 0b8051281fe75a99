#include "io/names/llada_names.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "io/names/name_segments.hpp"
#include "io/weights.hpp"

namespace latentrt::io {
namespace {

/// A name in LLaDA's files, and that of Llama in transformers.
using Names = std::vector<std::pair<std::string_view, std::string_view>>;

constexpr std::string_view kStored = "model.transformer.", kStoredBlocks = "blocks.",
                           kCanonical = "model.layers.";

const Names& outer_names() {
  static const Names names{
      {"wte", "model.embed_tokens"}, {"ln_f", "model.norm"}, {"ff_out", "lm_head"}};
  return names;
}

const Names& layer_names() {
  static const Names names{
      {"attn_norm", "input_layernorm"}, {"q_proj", "self_attn.q_proj"},
      {"k_proj", "self_attn.k_proj"},   {"v_proj", "self_attn.v_proj"},
      {"attn_out", "self_attn.o_proj"}, {"ff_norm", "post_attention_layernorm"},
      {"ff_proj", "mlp.gate_proj"},     {"up_proj", "mlp.up_proj"},
      {"ff_out", "mlp.down_proj"}};
  return names;
}

Names reversed(const Names& names) {
  Names turned;
  for (const auto& [stored, canonical] : names) turned.emplace_back(canonical, stored);
  return turned;
}

}  // namespace

std::string canonical_llada_key(std::string_view key) {
  if (!key.starts_with(kStored)) return std::string(key);
  const std::string_view inner = key.substr(kStored.size());
  if (!inner.starts_with(kStoredBlocks)) return with_prefix_replaced(inner, outer_names());
  NameSegments segments(inner.substr(kStoredBlocks.size()));
  const int layer = segments.next_number();
  return fmt::format("{}{}.{}", kCanonical, layer,
                     with_prefix_replaced(segments.rest(), layer_names()));
}

std::string stored_llada_key(std::string_view key) {
  if (!key.starts_with(kCanonical))
    return std::string(kStored) + with_prefix_replaced(key, reversed(outer_names()));
  NameSegments segments(key.substr(kCanonical.size()));
  const int layer = segments.next_number();
  return fmt::format("{}{}{}.{}", kStored, kStoredBlocks, layer,
                     with_prefix_replaced(segments.rest(), reversed(layer_names())));
}

}  // namespace latentrt::io
