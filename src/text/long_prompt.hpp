#pragma once
/// Prompts of more tokens than a text encoder reads: what is cut, and the alternative, chunks.

#include <string>
#include <string_view>
#include <vector>

#include "text/weighted_prompt.hpp"

namespace latentrt::text {

/// The end of the prompt that ClipTokenizer::encode and tokenize_weighted (with `weighted`) leave out, in the user's own
/// words but without brackets of weights; "" when they leave nothing out. Throws as those do.
std::string cut_part(const ClipTokenizer& tokenizer, std::string_view prompt, bool weighted);

/// All tokens of the prompt in chunks of length() - 2, each with its own begin, end and padding; at least one. The word
/// BREAK ends a chunk, as in the usual web interface. Throws as ClipTokenizer::encode does.
std::vector<WeightedTokens> tokenize_in_chunks(const ClipTokenizer& tokenizer,
                                               std::string_view prompt, bool weighted);

}  // namespace latentrt::text
