#pragma once
/// From prompts to hidden states: a tokenizer and a CLIP text model.

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

  /// Number of chunks of the prompt; 1 without long_prompts.
  std::size_t chunk_count(std::string_view prompt, PromptReading reading) const;

  /// The named outputs of models::build_clip for one prompt, [1,chunks*L,C] or [1,C]. Each chunk is
  /// encoded separately; missing chunks are empty ones. States of the chunks are concatenated, the
  /// other outputs are those of the first chunk. Weights scale the tokens' states, and then the
  /// mean of each chunk's states is restored.
  nn::NamedTensors encode(std::string_view prompt, PromptReading reading,
                          const std::vector<std::string>& outputs, std::size_t chunks = 1) const;
  /// The final norm applied to the states after all layers but the last `skipped`, [1,chunks*L,C];
  /// chunks and weights as above.
  at::Tensor encode_without_last(std::string_view prompt, PromptReading reading, int skipped,
                                 std::size_t chunks = 1) const;

  /// The same encoder with one more token, which is replaced by these vectors [n,C], each a new row
  /// of the table. Throws Error(invalid_argument) if it has no tokenizer, if the width differs, or
  /// if the token already exists.
  TextEncoder with_token(std::string_view token, const at::Tensor& vectors) const;

  /// Tokens of a prompt per chunk, without begin and end.
  std::size_t token_limit() const;
  /// The end of the prompt that is truncated, in the user's words; "" if nothing is.
  std::string cut_part(std::string_view prompt, PromptReading reading) const;
  /// Words of with_token() that occur in none of the prompts.
  std::vector<std::string> unused_words(const std::vector<std::string>& prompts) const;

  const models::ClipConfig& config() const noexcept { return config_; }
  const nn::Program& program() const noexcept { return *network_.program; }
  const nn::BoundWeights& weights() const noexcept { return *network_.weights; }
  nn::Network& network() noexcept { return network_; }

 private:
  /// Words of with_token().
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
