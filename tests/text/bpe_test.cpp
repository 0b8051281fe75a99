#include "text/bpe.hpp"

#include <gtest/gtest.h>

#include <random>

namespace latentrt::text {
namespace {

using Ids = std::vector<TokenId>;

/// The definition: repeatedly merges the leftmost pair of the lowest rank.
Ids merge_by_definition(Ids ids, const MergeTable& merges) {
  while (true) {
    std::optional<Merge> best;
    std::size_t where = 0;
    for (std::size_t i = 0; i + 1 < ids.size(); ++i) {
      const auto merge = merges.find(ids[i], ids[i + 1]);
      if (merge && (!best || merge->rank < best->rank)) {
        best = merge;
        where = i;
      }
    }
    if (!best) return ids;
    ids[where] = best->result;
    ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(where) + 1);
  }
}

TEST(MergeTable, FindsWhatWasAdded) {
  MergeTable merges;
  EXPECT_TRUE(merges.add(1, 2, {0, 3}));
  EXPECT_FALSE(merges.add(1, 2, {1, 4}));
  ASSERT_TRUE(merges.find(1, 2));
  EXPECT_EQ(merges.find(1, 2)->result, 3);
  EXPECT_FALSE(merges.find(2, 1));
}

TEST(MergeWord, NothingToMerge) {
  const MergeTable merges;
  EXPECT_EQ(merge_word(Ids{}, merges), Ids{});
  EXPECT_EQ(merge_word(Ids{7}, merges), Ids{7});
  EXPECT_EQ(merge_word(Ids{7, 8, 7}, merges), (Ids{7, 8, 7}));
}

TEST(MergeWord, TheLowestRankComesFirst) {
  MergeTable merges;
  merges.add(1, 2, {1, 10});
  merges.add(2, 3, {0, 11});
  EXPECT_EQ(merge_word(Ids{1, 2, 3}, merges), (Ids{1, 11}));
  EXPECT_EQ(merge_word(Ids{1, 2, 2, 3}, merges), (Ids{10, 11}));
}

TEST(MergeWord, OverlappingPairsMergeFromTheLeft) {
  MergeTable merges;
  merges.add(1, 1, {0, 2});
  EXPECT_EQ(merge_word(Ids{1, 1, 1}, merges), (Ids{2, 1}));
  EXPECT_EQ(merge_word(Ids{1, 1, 1, 1, 1}, merges), (Ids{2, 2, 1}));
}

TEST(MergeWord, ResultsThatAreOfferedInCirclesStillEnd) {
  MergeTable merges;
  merges.add(1, 2, {0, 1});
  merges.add(1, 1, {1, 2});
  merges.add(2, 1, {2, 1});
  const Ids word(1000, 1);
  EXPECT_EQ(merge_word(word, merges), merge_by_definition(word, merges));
}

TEST(MergeWord, EqualsTheDefinitionOnRandomTables) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    MergeTable merges;
    // Ascending results: each pair has its own result, as in a trained table.
    for (TokenId result = 4; result < 24; ++result) {
      const auto part = [&] {
        return static_cast<TokenId>(random() % static_cast<unsigned>(result));
      };
      merges.add(part(), part(), {static_cast<std::size_t>(result), result});
    }
    Ids word(1 + random() % 60);
    for (TokenId& id : word) id = static_cast<TokenId>(random() % 4);
    EXPECT_EQ(merge_word(word, merges), merge_by_definition(word, merges));
  }
}

TEST(MergeWord, AMillionSymbols) {
  MergeTable merges;
  for (TokenId level = 0; level < 20; ++level) {
    merges.add(level, level, {static_cast<std::size_t>(level), level + 1});
  }
  EXPECT_EQ(merge_word(Ids(1u << 20, 0), merges), Ids{20});
}

}  // namespace
}  // namespace latentrt::text
