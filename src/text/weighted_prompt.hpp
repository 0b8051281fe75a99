#pragma once
/// `(word:1.2)` prompt weighting with the rules of the common web interface: (x) is x1.1, [x] is
/// /1.1, (x:1.3) is x1.3, nesting multiplies, a backslash escapes the next bracket or backslash
/// (before anything else it is dropped), an unbalanced opening bracket closes at the end, an
/// unbalanced closing one is text. Round and square brackets are matched separately, so they may
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

/// Neighbouring spans differ in weight and contain no brackets. Linear in the prompt. Throws
/// Error(invalid_argument) if a weight is not finite, or if the prompt is too long or not UTF-8 as
/// in ClipTokenizer::encode.
std::vector<WeightedSpan> parse_weighted_prompt(std::string_view prompt);

/// Each span is tokenised separately, so a weight never affects a neighbour; a prompt without
/// brackets and backslashes has the same ids as from ClipTokenizer::encode. One weight per id
/// (begin, end and padding: 1).
struct WeightedTokens {
  TokenizedPrompt prompt;
  std::vector<float> weights;
};

WeightedTokens tokenize_weighted(const ClipTokenizer& tokenizer, std::string_view prompt);

}  // namespace latentrt::text
