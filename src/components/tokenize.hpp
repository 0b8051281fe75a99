#pragma once
/// How a prompt becomes token ids: by a tokenizer, or by a stand-in where a pipeline has none.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <latentrt/pipeline.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/text/clip.hpp"
#include "text/weighted_prompt.hpp"

namespace latentrt::pipeline {

struct Tokenize {
  /// Ids of one chunk, or of several.
  std::function<std::vector<text::WeightedTokens>(std::string_view prompt, PromptReading)> run;
  std::optional<text::ClipTokenizer> tokenizer;  ///< absent for stand-ins
};

/// The tokenizer's ids.
Tokenize tokenize_with(text::ClipTokenizer tokenizer);
/// The same for a tokenizer's folder; with another id after the end of a prompt where one is given.
Tokenize load_clip_tokenizer(const std::filesystem::path& folder,
                             std::optional<std::int64_t> pad_id);
/// Ids that depend on the prompt but mean nothing, for networks with random weights.
Tokenize tokenize_randomly(const models::ClipConfig& config);
/// Throws Error(invalid_argument) when it runs: the model has no tokenizer.
Tokenize missing_tokenizer(std::string component);

}  // namespace latentrt::pipeline
