#pragma once
/// The small transformers over tokens of tests/golden/language_models.

#include <filesystem>
#include <memory>
#include <string>

#include "io/json.hpp"
#include "io/weights.hpp"
#include "models/transformer/llama.hpp"
#include "nn/ops/local_ops.hpp"
#include "nn/run/network.hpp"

namespace latentrt::testing {

inline std::filesystem::path golden_language_model_folder(const std::string& name) {
  return std::filesystem::path(LATENTRT_SOURCE_DIR) / "tests/golden/language_models" / name;
}

/// "llada" or "dream".
inline nn::Network golden_language_model(const std::string& name) {
  const bool llada = name == "llada";
  const auto folder = golden_language_model_folder(name);
  const io::Config config = io::Config::load(folder / "config.json");
  const auto program = std::make_shared<const nn::Program>(models::build_llama(
      llada ? models::LlamaConfig::from_llada(config) : models::LlamaConfig::from_dream(config)));
  const auto stored = io::WeightMap::open(
      folder, {.stem = "model"},
      llada ? io::canonical_llada_key : [](std::string_view key) { return std::string(key); });
  return {program,
          std::make_shared<const nn::BoundWeights>(nn::bind_weights(*program, stored, {}, name)),
          std::make_shared<const nn::LocalOps>()};
}

}  // namespace latentrt::testing
