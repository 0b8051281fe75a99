#pragma once
/// The brackets of a weighted prompt, before their weights are computed.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace latentrt::text {

/// Spans first to end-1 are inside a pair of brackets.
struct BracketPair {
  std::size_t first, end;
  double factor;
};

struct BracketedPrompt {
  std::vector<std::string> spans;  ///< the text between brackets, escapes resolved
  std::vector<BracketPair> round,
      square;  ///< in the order of their opening; pairs of one kind nest
};

BracketedPrompt parse_brackets(std::string_view prompt);

}  // namespace latentrt::text
