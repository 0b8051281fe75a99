#pragma once
/// Prompts to hidden states: a tokenizer and a CLIP text model.

#include <ATen/core/Tensor.h>

#include <latentrt/pipeline.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "components/tokenize.hpp"
#include "models/text/clip.hpp"
#include "nn/run/network.hpp"

namespace latentrt::pipeline {

/// Immutable; shared between threads.
class TextEncoder {
 public:
  TextEncoder(models::ClipConfig config, nn::Network network, Tokenize tokenize);

  /// How many chunks the prompt is read in; 1 without long_prompts.
  std::size_t chunk_count(std::string_view prompt, PromptReading reading) const;

  /// The named outputs of models::build_clip for one prompt, [1,chunks*L,C] or [1,C]. Each chunk is
  /// encoded on its own, and empty ones fill up to `chunks`; states follow each other, and the
  /// others are those of the first chunk. Weights scale the tokens' states, and the mean of each
  /// chunk's is then restored.
  nn::NamedTensors encode(std::string_view prompt, PromptReading reading,
                          const std::vector<std::string>& outputs, std::size_t chunks = 1) const;
  /// The final norm of what all layers but the last `skipped` make of the prompt, [1,chunks*L,C];
  /// chunks and weights as above.
  at::Tensor encode_without_last(std::string_view prompt, PromptReading reading, int skipped,
                                 std::size_t chunks = 1) const;

  /// The same encoder with one more token that is replaced by these vectors [n,C], one row of the
  /// table each. Throws Error(invalid_argument) when it has no tokenizer, when the width differs or
  /// when the token is there already.
  TextEncoder with_token(std::string_view token, const at::Tensor& vectors) const;

  /// Tokens of a prompt that one chunk takes, without begin and end.
  std::size_t token_limit() const;
  /// The end of the prompt that is not read, in the user's words; "" when all is.
  std::string cut_part(std::string_view prompt, PromptReading reading) const;
  /// Words of with_token() that are in none of the prompts.
  std::vector<std::string> unused_words(const std::vector<std::string>& prompts) const;

  const models::ClipConfig& config() const noexcept { return config_; }
  const nn::Program& program() const noexcept { return *network_.program; }
  const nn::BoundWeights& weights() const noexcept { return *network_.weights; }
  nn::Network& network() noexcept { return network_; }

 private:
  /// Of with_token().
  struct LearnedWord {
    std::string word;
    std::int64_t first_id;
  };

  std::vector<text::WeightedTokens> chunks_of(std::string_view prompt, PromptReading reading,
                                              std::size_t chunks) const;
  nn::NamedTensors run_on(const text::WeightedTokens& tokens,
                          const std::vector<std::string>& outputs) const;

  models::ClipConfig config_;
  nn::Network network_;
  Tokenize tokenize_;
  std::vector<LearnedWord> learned_;
};

}  // namespace latentrt::pipeline
