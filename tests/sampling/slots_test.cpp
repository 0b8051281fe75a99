#include "sampling/slots.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <latentrt/error.hpp>

namespace latentrt::sampling {
namespace {

const Stamp kStamp{.run = 1, .weight_epoch = 2, .row_shape = {4, 8, 8}};

std::vector<SlotSpec> slots_of(std::size_t count, int order = 0) {
  return std::vector<SlotSpec>(count, {.name = "feature", .owner = "test", .order = order});
}

TEST(SlotTable, AnEmptySlotIsInvalidAndReadingItThrows) {
  const SlotTable slots(slots_of(1));
  EXPECT_FALSE(slots.valid(0, kStamp));
  EXPECT_THROW(slots.read(0, kStamp, 0), Error);
}

TEST(SlotTable, ContentIsValidForItsOwnStampOnly) {
  SlotTable slots(slots_of(1));
  slots.write(0, at::arange(3), kStamp, 0);
  EXPECT_TRUE(slots.valid(0, kStamp));
  for (const Stamp& other :
       {Stamp{2, 2, {4, 8, 8}}, Stamp{1, 3, {4, 8, 8}}, Stamp{1, 2, {4, 8, 16}}}) {
    EXPECT_FALSE(slots.valid(0, other));
    EXPECT_THROW(slots.read(0, other, 0), Error);
  }
}

TEST(SlotTable, ResetForgets) {
  SlotTable slots(slots_of(2));
  slots.write(1, at::arange(3), kStamp, 0);
  slots.reset();
  EXPECT_FALSE(slots.valid(1, kStamp));
}

TEST(SlotTable, GatherMovesRows) {
  SlotTable slots(slots_of(2));
  slots.write(0, at::arange(3), kStamp, 0);
  slots.gather_rows(at::tensor({2, 0, 0}, at::TensorOptions(at::kLong)));
  EXPECT_TRUE(
      at::equal(slots.read(0, kStamp, 0), at::tensor({2, 0, 0}, at::TensorOptions(at::kLong))));
}

/// A value that is a polynomial of the clock is foretold exactly, whatever the spacing.
TEST(SlotTable, ForecastsPolynomialsOfItsOrder) {
  const auto value = [](double t) { return at::tensor({1 + 2 * t, 3 - t}); };
  const auto curve = [](double t) { return at::tensor({t * t, 2 - t * t + t}); };
  SlotTable line(slots_of(1, 1)), parabola(slots_of(1, 2));
  for (const double t : {0.0, 0.5, 1.7}) {
    line.write(0, value(t), kStamp, t);
    parabola.write(0, curve(t), kStamp, t);
  }
  EXPECT_TRUE(at::allclose(line.read(0, kStamp, 3), value(3)));
  EXPECT_TRUE(at::allclose(parabola.read(0, kStamp, 3), curve(3)));
  EXPECT_FALSE(at::allclose(line.read(0, kStamp, 3), line.read(0, kStamp, 4)));
}

TEST(SlotTable, ReusesUntilThereIsEnoughToForecastFrom) {
  SlotTable slots(slots_of(1, 1));
  slots.write(0, at::arange(3), kStamp, 1);
  EXPECT_TRUE(at::equal(slots.read(0, kStamp, 5), at::arange(3)));
}

TEST(SlotTable, ForecastsOnlyFromItsOwnRun) {
  SlotTable slots(slots_of(1, 1));
  slots.write(0, at::arange(3), kStamp, 1);
  const Stamp next{2, 2, {4, 8, 8}};
  slots.write(0, at::arange(3) * 2, next, 2);
  EXPECT_TRUE(at::equal(slots.read(0, next, 5), at::arange(3) * 2));
}

}  // namespace
}  // namespace latentrt::sampling
