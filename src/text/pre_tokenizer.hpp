#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace latentrt::text {

/// Pieces of normalised text: the contractions 's 't 're 've 'm 'll 'd, runs of letters, single
/// numerals, and runs of anything else but white space, which is dropped. The first rule that
/// matches is applied.
std::vector<std::string> split_words(std::string_view text);

}  // namespace latentrt::text
