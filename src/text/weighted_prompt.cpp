#include "text/weighted_prompt.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "text/prompt_brackets.hpp"
#include "text/prompt_check.hpp"

namespace latentrt::text {
namespace {

/// Multiplies every span's weight by the factors of the pairs around it, in one pass.
void weigh(const std::vector<BracketPair>& pairs, std::vector<double>& weights) {
  struct Open {
    std::size_t end;
    double product;  ///< of this pair and all pairs around it
  };
  std::vector<Open> open{{std::numeric_limits<std::size_t>::max(), 1.0}};
  auto next = pairs.begin();
  for (std::size_t span = 0; span < weights.size(); ++span) {
    while (open.back().end <= span) open.pop_back();
    for (; next != pairs.end() && next->first <= span; ++next) {
      if (next->end > span) open.push_back({next->end, open.back().product * next->factor});
    }
    weights[span] *= open.back().product;
  }
}

float finite(double weight, const std::string& text) {
  const auto narrow = static_cast<float>(weight);
  if (!std::isfinite(narrow))
    fail(Code::invalid_argument, "the weight of {} in the prompt is not finite", quote(text));
  return narrow;
}

}  // namespace

std::vector<WeightedSpan> parse_weighted_prompt(std::string_view prompt) {
  check_prompt(prompt);
  BracketedPrompt bracketed = parse_brackets(prompt);
  std::vector<double> weights(bracketed.spans.size(), 1.0);
  weigh(bracketed.round, weights);
  weigh(bracketed.square, weights);
  std::vector<WeightedSpan> merged;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const float weight = finite(weights[i], bracketed.spans[i]);
    const bool same = !merged.empty() && merged.back().weight == weight;
    same ? void(merged.back().text += bracketed.spans[i])
         : merged.push_back({std::move(bracketed.spans[i]), weight});
  }
  return merged;
}

WeightedTokens tokenize_weighted(const ClipTokenizer& tokenizer, std::string_view prompt) {
  WeightedTokens result{{{tokenizer.begin_id()}, false, 0}, {1.0F}};
  const std::size_t limit = tokenizer.length() - 1;
  for (const WeightedSpan& span : parse_weighted_prompt(prompt)) {
    const std::vector<std::int64_t> ids = tokenizer.tokenize(span.text);
    result.prompt.token_count += ids.size();
    const std::size_t kept = std::min(ids.size(), limit - result.prompt.ids.size());
    result.prompt.ids.insert(result.prompt.ids.end(), ids.begin(),
                             ids.begin() + static_cast<std::ptrdiff_t>(kept));
    result.weights.resize(result.prompt.ids.size(), span.weight);
    result.prompt.truncated = result.prompt.truncated || kept < ids.size();
  }
  result.prompt.ids.push_back(tokenizer.end_id());
  result.prompt.ids.resize(tokenizer.length(), tokenizer.pad_id());
  result.weights.resize(tokenizer.length(), 1.0F);
  return result;
}

}  // namespace latentrt::text
