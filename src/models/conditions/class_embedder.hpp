#pragma once
/// Class embeddings that a denoiser attends to (Rombach et al. 2022, ImageNet models).

#include "io/json.hpp"
#include "nn/program/program.hpp"

namespace latentrt::models {

struct ClassEmbedderConfig {
  std::int64_t rows = 0;      ///< num_embeddings: number of classes, plus one for the null class
  std::int64_t channels = 0;  ///< embedding_dim

  /// Throws Error(invalid_argument) that names the field.
  static ClassEmbedderConfig from(const io::Config& config);
};

/// "class_labels" [B,1] int64 -> "context" [B,1,C].
nn::Program build_class_embedder(const ClassEmbedderConfig& config);

}  // namespace latentrt::models
