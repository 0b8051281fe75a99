#include "models/conditions/class_embedder.hpp"

#include "nn/program/program_builder.hpp"

namespace latentrt::models {

ClassEmbedderConfig ClassEmbedderConfig::from(const io::Config& config) {
  return {.rows = config.integer("num_embeddings", 1001, 2, 1 << 20),
          .channels = config.integer("embedding_dim", 512, 1, 1 << 16)};
}

nn::Program build_class_embedder(const ClassEmbedderConfig& c) {
  nn::ProgramBuilder b;
  const nn::ValueId labels =
      b.input("class_labels",
              {.dims = {nn::Symbol::rows, 1}, .type = nn::ElementType::int64, .limit = c.rows});
  b.output(b.embedding("embedding", labels, c.rows, c.channels), "context");
  return std::move(b).build();
}

}  // namespace latentrt::models
