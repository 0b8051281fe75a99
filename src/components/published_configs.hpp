#pragma once
/// Configuration files that published models of several families share, as strings.

namespace latentrt::pipeline {

/// The text encoder of CLIP ViT-L.
inline constexpr const char* kClipL =
    R"({"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12,
  "num_attention_heads": 12, "hidden_act": "quick_gelu", "projection_dim": 768})";

/// A scheduler for networks that predict noise.
inline constexpr const char* kEpsilon =
    R"({"_class_name": "DDIMScheduler", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
  "steps_offset": 1, "clip_sample": false, "set_alpha_to_one": false})";

}  // namespace latentrt::pipeline
