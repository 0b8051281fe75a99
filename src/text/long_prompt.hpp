#pragma once
/// Prompts with more tokens than a text encoder reads: truncation, and the alternative, chunks.

#include <string>
#include <string_view>
#include <vector>

#include "text/weighted_prompt.hpp"

namespace latentrt::text {

/// The end of the prompt that ClipTokenizer::encode and tokenize_weighted (with `weighted`)
/// truncate, in the user's own words but without weight brackets; "" if nothing is truncated.
/// Throws as those do.
std::string cut_part(const ClipTokenizer& tokenizer, std::string_view prompt, bool weighted);

/// All tokens of the prompt in chunks of length() - 2, each with its own begin, end and padding; at
/// least one chunk. The word BREAK ends a chunk, as in the common web interface. Throws as
/// ClipTokenizer::encode does.
std::vector<WeightedTokens> tokenize_in_chunks(const ClipTokenizer& tokenizer,
                                               std::string_view prompt, bool weighted);

}  // namespace latentrt::text
