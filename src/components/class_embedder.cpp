#include "components/class_embedder.hpp"

#include <nlohmann/json.hpp>

#include "base/fail.hpp"
#include "models/conditions/class_embedder.hpp"

namespace latentrt::pipeline {
namespace {

constexpr const char* kTable = "embedding.weight";

/// Without a row for the null class the model does not support guidance.
Component read(const io::Config& config) {
  const auto embedder = models::ClassEmbedderConfig::from(config);
  const bool has_none = config.boolean("has_null_class", true);
  Component component;
  component.build = [embedder] { return std::vector{models::build_class_embedder(embedder)}; };
  component.classes = Classes{.count = embedder.rows - (has_none ? 1 : 0), .has_none = has_none};
  component.condition_channels = embedder.channels;
  component.classes->names = read_class_names(config, component.classes->count);
  return component;
}

/// The table's extents, and the class names from either file.
io::Config completed(const ComponentFiles& files) {
  const io::StoredTensor* const table = files.weights.find(kTable);
  if (table == nullptr || table->info.shape.size() != 2) {
    fail(Code::bad_file, "{}: {} is not a matrix with a row for each class and one for none",
         files.weights.path().string(), kTable);
  }
  const auto names_in = [](const io::Config& config) {
    return nlohmann::ordered_json::parse(config.json_text("id2label"));
  };
  nlohmann::ordered_json json{{"num_embeddings", table->info.shape[0]},
                              {"embedding_dim", table->info.shape[1]}};
  std::string name = files.weights.path().string();
  if (files.config && files.config->has("id2label")) {
    json["id2label"] = names_in(*files.config);
    name = files.config->name();
  } else if (files.index.has("id2label")) {
    json["id2label"] = names_in(files.index);
    name = files.index.name();
  }
  return io::Config::from_text(json.dump(), name);
}

}  // namespace

std::string class_embedder_config(std::int64_t rows, std::int64_t channels, bool has_none) {
  return nlohmann::ordered_json{
      {"num_embeddings", rows}, {"embedding_dim", channels}, {"has_null_class", has_none}}
      .dump();
}

ComponentClass class_embedder_class() { return {kClassEmbedderClass, read, completed}; }

}  // namespace latentrt::pipeline
