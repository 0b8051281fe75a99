#pragma once
/// `(word:1.2)` prompt weighting: (x) is x1.1, [x] is /1.1, nesting multiplies, backslash escapes, unbalanced brackets close at the end.

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

std::vector<WeightedSpan> parse_weighted_prompt(std::string_view prompt);

/// Ids as ClipTokenizer::encode gives them for the text without brackets, and one weight per id (begin, end and padding: 1).
struct WeightedTokens {
  TokenizedPrompt prompt;
  std::vector<float> weights;
};

WeightedTokens tokenize_weighted(const ClipTokenizer& tokenizer, std::string_view prompt);

}  // namespace latentrt::text
