#include "base/checked.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace latentrt {
namespace {

constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
constexpr auto kMin = std::numeric_limits<std::int64_t>::min();

TEST(Checked, GivesTheResultUpToTheLastThatFits) {
  EXPECT_EQ(checked_add<std::int64_t>(kMax - 1, 1), kMax);
  EXPECT_EQ(checked_mul<std::int64_t>(kMax / 2, 2), kMax - 1);
  EXPECT_EQ(checked_mul<std::uint64_t>(1ull << 32, (1ull << 32) - 1),
            (1ull << 32) * ((1ull << 32) - 1));
}

TEST(Checked, GivesNothingBeyond) {
  EXPECT_FALSE(checked_add<std::int64_t>(kMax, 1));
  EXPECT_FALSE(checked_add<std::int64_t>(kMin, -1));
  EXPECT_FALSE(checked_mul<std::int64_t>(kMax / 2 + 1, 2));
  EXPECT_FALSE(checked_mul<std::int64_t>(kMin, -1));
  EXPECT_FALSE(checked_mul<std::uint64_t>(1ull << 32, 1ull << 32));
}

}  // namespace
}  // namespace latentrt
