#pragma once
/// `(word:1.2)` prompt weighting with the rules of the usual web interface: (x) is x1.1, [x] is
/// /1.1, (x:1.3) is x1.3, nesting multiplies, a backslash takes the next bracket or backslash
/// literally (before anything else it is dropped), an unbalanced opening bracket closes at the end,
/// an unbalanced closing one is text. Round and square brackets count separately, so they may
/// overlap.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/clip_tokenizer.hpp"

namespace latentrt::text {

struct WeightedSpan {
  std::string text;
  float weight;
};

/// Neighbours differ in weight; no brackets are left. Linear in the prompt. Throws
/// Error(invalid_argument) when a weight is not finite, or when the prompt is too long or not UTF-8
/// as in ClipTokenizer::encode.
std::vector<WeightedSpan> parse_weighted_prompt(std::string_view prompt);

/// Each span is tokenised by itself, so a weight never reaches into a neighbour; a prompt without
/// brackets and backslashes has the ids that ClipTokenizer::encode gives. One weight per id (begin,
/// end and padding: 1).
struct WeightedTokens {
  TokenizedPrompt prompt;
  std::vector<float> weights;
};

WeightedTokens tokenize_weighted(const ClipTokenizer& tokenizer, std::string_view prompt);

}  // namespace latentrt::text
