#include "device/memory/best_fit.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace latentrt::device {
namespace {

std::vector<std::byte> memory(4096);

TEST(BestFit, TakesTheSmallestPieceThatIsLargeEnough) {
  BestFit fit;
  EXPECT_EQ(fit.take(1), nullptr);
  fit.add_chunk(memory.data(), 1000);
  fit.add_chunk(memory.data() + 2000, 300);
  EXPECT_EQ(fit.take(200), memory.data() + 2000);
  EXPECT_EQ(fit.take(200), memory.data());
  EXPECT_EQ(fit.take(801), nullptr);
  EXPECT_EQ(fit.reserved(), 1300u);
  EXPECT_EQ(fit.used(), 400u);
}

TEST(BestFit, JoinsNeighboursOfOneChunkAndNeverTwoChunks) {
  BestFit fit;
  fit.add_chunk(memory.data(), 300);
  fit.add_chunk(memory.data() + 300, 300);  // next to the first, but another chunk
  std::byte* const a = fit.take(100);
  std::byte* const b = fit.take(100);
  std::byte* const c = fit.take(100);
  EXPECT_TRUE(fit.give_back(a));
  EXPECT_TRUE(fit.give_back(c));
  EXPECT_EQ(fit.take(301), nullptr);
  EXPECT_TRUE(fit.give_back(b));
  EXPECT_EQ(fit.take(300), memory.data());
  EXPECT_EQ(fit.take(300), memory.data() + 300);
}

TEST(BestFit, KnowsItsOwn) {
  BestFit fit;
  fit.add_chunk(memory.data(), 300);
  std::byte* const piece = fit.take(100);
  EXPECT_FALSE(fit.give_back(piece + 1));
  EXPECT_FALSE(fit.give_back(piece + 100));
  EXPECT_TRUE(fit.give_back(piece));
  EXPECT_FALSE(fit.give_back(piece));
}

TEST(BestFit, GivesBackChunksThatAreFreeAsAWhole) {
  BestFit fit;
  fit.add_chunk(memory.data(), 100);
  fit.add_chunk(memory.data() + 100, 200);
  std::byte* const piece = fit.take(150);
  EXPECT_EQ(fit.remove_free_chunks(), std::vector{memory.data()});
  EXPECT_EQ(fit.reserved(), 200u);
  EXPECT_TRUE(fit.give_back(piece));
  EXPECT_EQ(fit.remove_free_chunks(), std::vector{memory.data() + 100});
  EXPECT_EQ(fit.reserved(), 0u);
  EXPECT_EQ(fit.take(1), nullptr);
}

TEST(BestFit, PiecesNeverOverlapAndNothingIsLost) {
  std::mt19937 random(7);
  BestFit fit;
  fit.add_chunk(memory.data(), memory.size());
  std::map<std::byte*, std::size_t> taken;
  for (int i = 0; i < 20000; ++i) {
    const std::size_t size = 1 + random() % 300;
    if (random() % 2 == 0) {
      std::byte* const piece = fit.take(size);
      if (piece == nullptr) continue;
      const auto next = taken.lower_bound(piece);
      ASSERT_TRUE(next == taken.end() || piece + size <= next->first);
      ASSERT_TRUE(next == taken.begin() ||
                  std::prev(next)->first + std::prev(next)->second <= piece);
      taken[piece] = size;
    } else if (!taken.empty()) {
      const auto some =
          std::next(taken.begin(), static_cast<std::ptrdiff_t>(random() % taken.size()));
      ASSERT_TRUE(fit.give_back(some->first));
      taken.erase(some);
    }
  }
  for (const auto& [piece, size] : taken) EXPECT_TRUE(fit.give_back(piece));
  EXPECT_EQ(fit.used(), 0u);
  EXPECT_EQ(fit.take(memory.size()), memory.data());
}

}  // namespace
}  // namespace latentrt::device
