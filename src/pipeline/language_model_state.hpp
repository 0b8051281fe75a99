#pragma once
/// The parts of a loaded language model.

#include <latentrt/text.hpp>
#include <memory>
#include <optional>

#include "components/family_table.hpp"
#include "device/context_state.hpp"
#include "nn/run/network.hpp"
#include "text/byte_level_tokenizer.hpp"

namespace latentrt {

struct TextModel::State {
  /// Outlives the memory that was allocated with it.
  std::shared_ptr<const Context::State> context;
  pipeline::LanguageFamilyPtr family;
  models::LlamaConfig config;
  nn::Network network;
  std::optional<text::ByteLevelTokenizer> tokenizer;
  bool structure_only = false;  ///< no weights were read
  TextModelInfo info{};
  TextOptions defaults{};

  static TextModel handle(std::shared_ptr<const State> state) {
    return TextModel(std::move(state));
  }
};

namespace pipeline {

/// Throws Error(unsupported) if the model has none.
const text::ByteLevelTokenizer& tokenizer_of(const TextModel::State& model);

}  // namespace pipeline
}  // namespace latentrt
