#pragma once
/// Prompts to hidden states: a tokenizer and a CLIP text model.

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "models/clip.hpp"
#include "nn/executor.hpp"
#include "text/weighted_prompt.hpp"

namespace latentrt::pipeline {

/// How a prompt becomes ids: a tokenizer, or a stand-in where a pipeline has none.
struct Tokenize {
  std::function<text::WeightedTokens(std::string_view prompt, bool weighted)> run;
  std::optional<text::ClipTokenizer> tokenizer;  ///< absent for stand-ins
};

/// The tokenizer's ids; with `weighted`, brackets are read as weights.
Tokenize tokenize_with(text::ClipTokenizer tokenizer);
/// Ids that depend on the prompt but mean nothing, for networks with random weights.
Tokenize tokenize_randomly(const models::ClipConfig& config);
/// Throws Error(invalid_argument): the model has no tokenizer.
Tokenize tokenize_not(std::string component);

/// Immutable; shared between threads.
class TextEncoder {
 public:
  TextEncoder(models::ClipConfig config, nn::Program program,
              std::shared_ptr<const nn::BoundWeights> weights, std::shared_ptr<const nn::OpSet> ops,
              Tokenize tokenize);

  /// The named outputs of models::build_clip for one prompt, [1,L,C] or [1,C]. Weights scale the token's states, whose
  /// mean is then restored.
  nn::NamedTensors encode(std::string_view prompt, bool weighted,
                          const std::vector<std::string>& outputs) const;
  /// The final norm of what all layers but the last `skipped` make of the prompt, [1,L,C]; weights as above.
  at::Tensor encode_without_last(std::string_view prompt, bool weighted, int skipped) const;

  /// The same encoder with other weights for its Program.
  TextEncoder with_weights(std::shared_ptr<const nn::BoundWeights> weights) const;

  /// The same encoder with one more token that stands for these vectors [n,C], one row of the table each. Throws
  /// Error(invalid_argument) when it has no tokenizer, when the width differs or when the token is there already.
  TextEncoder with_token(std::string_view token, const at::Tensor& vectors) const;

  const models::ClipConfig& config() const noexcept { return config_; }
  const nn::Program& program() const noexcept { return program_; }
  const nn::BoundWeights& weights() const noexcept { return *weights_; }

 private:
  nn::NamedTensors run_on(const text::WeightedTokens& tokens,
                          const std::vector<std::string>& outputs) const;

  models::ClipConfig config_;
  nn::Program program_;
  std::shared_ptr<const nn::BoundWeights> weights_;
  std::shared_ptr<const nn::OpSet> ops_;
  Tokenize tokenize_;
};

}  // namespace latentrt::pipeline
