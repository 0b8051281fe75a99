#pragma once
/// CLIP text encoders: CLIP ViT-L, OpenCLIP ViT-H and ViT-bigG (Radford et al. 2021), with or
/// without a projection.

#include <cstdint>
#include <span>

#include "io/json.hpp"
#include "nn/program/program.hpp"

namespace latentrt::models {

/// The embedding table, with one row per token id.
inline constexpr std::string_view kTokenTable = "embeddings.token_embedding.weight";

struct ClipConfig {
  std::int64_t vocab_size = 49408;
  std::int64_t hidden_size = 512;
  std::int64_t intermediate_size = 2048;
  std::int64_t layers = 12;
  std::int64_t heads = 8;
  std::int64_t positions = 77;
  std::int64_t projection_dim = 512;
  std::int64_t eos_token_id = 49407;
  double layer_norm_eps = 1e-5;
  nn::ActivationKind activation = nn::ActivationKind::quick_gelu;
  bool with_projection = false;

  /// Throws Error(invalid_argument) that names the field.
  static ClipConfig from(const io::Config& config, bool with_projection);
};

/// Inputs: "input_ids" [B,L] int64, "end_index" [B] int64 (only for the pooled values). Outputs:
/// "last_hidden_state" [B,L,C] after the final norm, "pooled" [B,C]; with a projection also
/// "text_embeds" [B,projection_dim]. Named values: hidden_state(i), the states after i layers,
/// [B,L,C], not normalised.
nn::Program build_clip(const ClipConfig& config);

std::string hidden_state(std::int64_t layers);

/// The token from which the pooled state is taken: the first eos id, or, for older configurations
/// (eos_token_id 2), the first occurrence of the largest id.
std::int64_t end_index(const ClipConfig& config, std::span<const std::int64_t> ids);

}  // namespace latentrt::models
