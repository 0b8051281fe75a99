#pragma once
/// Converts a prompt to token ids: with a tokenizer, or with a placeholder if a pipeline has none.

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
  std::optional<text::ClipTokenizer> tokenizer;  ///< absent for placeholders
};

/// The tokenizer's ids.
Tokenize tokenize_with(text::ClipTokenizer tokenizer);
/// As above for a tokenizer's folder, optionally with another padding id.
Tokenize load_clip_tokenizer(const std::filesystem::path& folder,
                             std::optional<std::int64_t> pad_id);
/// Ids that depend on the prompt but have no meaning, for networks with random weights.
Tokenize tokenize_randomly(const models::ClipConfig& config);
/// A function that throws Error(invalid_argument): the model has no tokenizer.
Tokenize missing_tokenizer(std::string component);

}  // namespace latentrt::pipeline
