#include "io/shape.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace latentrt::io {
namespace {

std::optional<std::uint64_t> bytes(const std::vector<std::int64_t>& shape, std::size_t element) {
  return checked_bytes(shape, element);
}

TEST(Shape, BytesAreTheProduct) {
  EXPECT_EQ(bytes({}, 4), 4u);
  EXPECT_EQ(bytes({3}, 2), 6u);
  EXPECT_EQ(bytes({2, 3, 5}, 8), 240u);
  EXPECT_EQ(bytes({1ll << 31, 1ll << 31}, 1), 1ull << 62);
}

TEST(Shape, AnExtentOfZeroIsEmpty) {
  EXPECT_EQ(bytes({0}, 4), 0u);
  EXPECT_EQ(bytes({7, 0, 3}, 4), 0u);
}

TEST(Shape, OverflowIsFoundEvenBesideZero) {
  constexpr std::int64_t kBig = 1ll << 31;
  EXPECT_FALSE(bytes({kBig, kBig}, 2));
  EXPECT_FALSE(bytes({kBig, kBig, 4}, 1));  // 2^64: would wrap around to 0
  EXPECT_FALSE(bytes({0, kBig, kBig, 4}, 1));
  EXPECT_FALSE(bytes({kBig, kBig, 4, 0}, 1));
}

TEST(Shape, NegativeExtentsAreNone) {
  EXPECT_FALSE(bytes({-1}, 4));
  EXPECT_FALSE(bytes({0, -1}, 4));
  EXPECT_FALSE(bytes({-2, -3}, 4));
}

}  // namespace
}  // namespace latentrt::io
