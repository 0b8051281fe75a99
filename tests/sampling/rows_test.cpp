/// Positions of rows, and their moves.
#include "sampling/rows.hpp"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include "sampling/guidance.hpp"

namespace latentrt::sampling {
namespace {

at::Tensor block(std::int64_t rows, double first) {
  return at::arange(first, first + static_cast<double>(2 * rows)).view({rows, 2});
}

TEST(Rows, AllRowsOfABlockAreTheBlockItself) {
  const at::Tensor all = block(3, 0);
  EXPECT_TRUE(select_rows(all, {0, 1, 2}).is_same(all));
}

TEST(Rows, NeighboursInABlockAreNotCopied) {
  const at::Tensor all = block(4, 0), part = select_rows(all, {1, 2});
  EXPECT_TRUE(part.is_alias_of(all));
  EXPECT_TRUE(at::equal(part, all.narrow(0, 1, 2)));
}

TEST(Rows, OfSeveralBlocksAreJoinedInOrder) {
  const at::Tensor a = block(2, 0), b = block(3, 100);
  const at::Tensor found = joined({{b, 1}, {b, 2}, {a, 0}, {b, 0}, {a, 1}});
  const at::Tensor expected =
      at::cat({b.narrow(0, 1, 2), a.narrow(0, 0, 1), b.narrow(0, 0, 1), a.narrow(0, 1, 1)});
  EXPECT_TRUE(at::equal(found, expected));
}

/// Items 1 and 2 at step 4 are guided, item 0 is past the end of guidance.
Call guided_in_part() {
  return make_call(7, {9, 4, 4}, {.scale = 2, .begin = 2, .end = 5}, GuidanceRule());
}

TEST(Rows, UnconditionalOnesComeFirstAndOnlyForGuidedItems) {
  const Call call = guided_in_part();
  EXPECT_EQ(items_of(call.rows), (Rows{1, 2, 0, 1, 2}));
  EXPECT_EQ(rows_with(call.rows, Role::unconditional), (Rows{0, 1}));
  EXPECT_EQ(rows_with(call.rows, Role::conditional), (Rows{2, 3, 4}));
  EXPECT_TRUE(call.guided());
}

TEST(Rows, FollowTheirItemsAndTheirRole) {
  const Call before = guided_in_part();
  // Item 2 becomes the first, a new one enters, and guidance ends for all.
  const Call after = make_call(8, {5, 0, 5}, {.scale = 2, .begin = 2, .end = 5}, GuidanceRule());
  EXPECT_EQ(moved_rows(before.rows, after.rows, {2, kNewRow, 1}), (Rows{4, kNewRow, 3}));
  EXPECT_EQ(moved_rows(before.rows, before.rows, {0, 1, 2}), row_range(0, 5));
  EXPECT_EQ(moved_rows(before.rows, before.rows, {1, 0, 2}), (Rows{kNewRow, 1, 3, 2, 4}));
}

TEST(Rows, NeighboursAtOneStepAreACohort) {
  const auto cohorts = cohorts_of({3, 3, 5, 3});
  ASSERT_EQ(cohorts.size(), 3U);
  EXPECT_EQ(cohorts[0].count, 2);
  EXPECT_EQ(cohorts[1].first, 2);
  EXPECT_EQ(cohorts[2].step, 3U);
}

}  // namespace
}  // namespace latentrt::sampling
