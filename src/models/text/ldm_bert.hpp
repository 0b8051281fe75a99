#pragma once
/// The text encoder of latent-diffusion's text-to-image models (Rombach et al. 2022, appendix E): a
/// transformer over WordPiece tokens without a mask.

#include "models/text/clip.hpp"

namespace latentrt::models {

struct LdmBertConfig {
  std::int64_t vocab_size = 30522;
  std::int64_t width = 1280;        ///< d_model
  std::int64_t inner_width = 5120;  ///< encoder_ffn_dim
  std::int64_t layers = 32;
  std::int64_t heads = 8;
  std::int64_t head_channels = 64;  ///< head_dim
  std::int64_t positions = 77;
  nn::ActivationKind activation = nn::ActivationKind::gelu;

  /// Throws Error(invalid_argument, unsupported) that names the field.
  static LdmBertConfig from(const io::Config& config);

  /// The properties of a text encoder that encoding prompts needs.
  ClipConfig text() const;
};

/// "input_ids" [B,L] -> "last_hidden_state" [B,L,C], after the final norm. The states before each
/// layer and after the last one have the same names as in CLIP (hidden_state()).
nn::Program build_ldm_bert(const LdmBertConfig& config);

}  // namespace latentrt::models
