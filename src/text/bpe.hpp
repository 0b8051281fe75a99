#pragma once
/// Byte-pair encoding of one word (Sennrich et al. 2016), with the ranks of a merges file.

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace latentrt::text {

using TokenId = std::int64_t;

/// The result of merging two neighbours, and its rank.
struct Merge {
  std::size_t rank;
  TokenId result;
};

class MergeTable {
 public:
  /// False if the pair already exists.
  bool add(TokenId left, TokenId right, Merge merge);
  std::optional<Merge> find(TokenId left, TokenId right) const;

 private:
  struct PairHash {
    std::size_t operator()(const std::pair<TokenId, TokenId>& pair) const noexcept;
  };
  std::unordered_map<std::pair<TokenId, TokenId>, Merge, PairHash> merges_;
};

/// Merges the pair of the lowest rank, leftmost first, until no pair is in the table: O(n log n).
std::vector<TokenId> merge_word(std::span<const TokenId> symbols, const MergeTable& merges);

}  // namespace latentrt::text
