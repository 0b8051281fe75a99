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

const Rows kRows{0, 1, 2};

std::vector<double> at_time(double time) { return {time, time, time}; }

std::vector<SlotSpec> slots_of(std::size_t count, int order = 0) {
  return std::vector<SlotSpec>(count, {.name = "feature", .owner = "test", .order = order});
}

TEST(SlotTable, AnEmptySlotIsInvalidAndReadingItThrows) {
  const SlotTable slots(slots_of(1));
  EXPECT_FALSE(slots.valid(0, kStamp, kRows));
  EXPECT_THROW(slots.read(0, kStamp, kRows, at_time(0)), Error);
}

TEST(SlotTable, ContentIsValidForItsOwnStampOnly) {
  SlotTable slots(slots_of(1));
  slots.write(0, at::arange(3), kStamp, kRows, at_time(0));
  EXPECT_TRUE(slots.valid(0, kStamp, kRows));
  for (const Stamp& other :
       {Stamp{2, 2, {4, 8, 8}}, Stamp{1, 3, {4, 8, 8}}, Stamp{1, 2, {4, 8, 16}}}) {
    EXPECT_FALSE(slots.valid(0, other, kRows));
    EXPECT_THROW(slots.read(0, other, kRows, at_time(0)), Error);
  }
}

TEST(SlotTable, ResetForgets) {
  SlotTable slots(slots_of(2));
  slots.write(1, at::arange(3), kStamp, kRows, at_time(0));
  slots.reset();
  EXPECT_FALSE(slots.valid(1, kStamp, kRows));
}

TEST(SlotTable, GatherMovesRows) {
  SlotTable slots(slots_of(2));
  slots.write(0, at::arange(3), kStamp, kRows, at_time(0));
  slots.gather({2, kNewRow, 0, 1});
  EXPECT_FALSE(slots.valid(0, kStamp, {0, 1}));
  EXPECT_TRUE(at::equal(slots.newest(0, kStamp, {0, 2, 3}), at::tensor({2L, 0L, 1L})));
}

/// Rows that were written together are returned without a copy.
TEST(SlotTable, AllRowsOfATensorAreThatTensor) {
  SlotTable slots(slots_of(1));
  const at::Tensor value = at::arange(3);
  slots.write(0, value, kStamp, kRows, at_time(0));
  EXPECT_TRUE(slots.newest(0, kStamp, kRows).is_same(value));
  slots.gather({1, 2});
  EXPECT_EQ(slots.newest(0, kStamp, {0, 1}).const_data_ptr<std::int64_t>(),
            value.const_data_ptr<std::int64_t>() + 1);
}

/// Rows that were written at different times are forecast each with its own times.
TEST(SlotTable, RowsForecastOnTheirOwnClocks) {
  SlotTable slots(slots_of(1, 1));
  const std::vector<double> first{0, 1}, second{2, 4};
  slots.write(0, at::tensor({10.0, 20.0}), kStamp, {0, 1}, first);
  slots.write(0, at::tensor({12.0, 26.0}), kStamp, {0, 1}, second);
  EXPECT_TRUE(at::allclose(slots.read(0, kStamp, {0, 1}, {5, 6}), at::tensor({15.0, 30.0})));
}

/// A value that is a polynomial in time is forecast exactly, whatever the spacing.
TEST(SlotTable, ForecastsPolynomialsOfItsOrder) {
  const auto value = [](double t) { return at::tensor({1 + 2 * t, 3 - t, t}); };
  const auto curve = [](double t) { return at::tensor({t * t, 2 - t * t + t, t}); };
  SlotTable line(slots_of(1, 1)), parabola(slots_of(1, 2));
  for (const double t : {0.0, 0.5, 1.7}) {
    line.write(0, value(t), kStamp, kRows, at_time(t));
    parabola.write(0, curve(t), kStamp, kRows, at_time(t));
  }
  EXPECT_TRUE(at::allclose(line.read(0, kStamp, kRows, at_time(3)), value(3)));
  EXPECT_TRUE(at::allclose(parabola.read(0, kStamp, kRows, at_time(3)), curve(3)));
  EXPECT_FALSE(at::allclose(line.read(0, kStamp, kRows, at_time(3)),
                            line.read(0, kStamp, kRows, at_time(4))));
}

TEST(SlotTable, ReusesUntilThereIsEnoughToForecastFrom) {
  SlotTable slots(slots_of(1, 1));
  slots.write(0, at::arange(3), kStamp, kRows, at_time(1));
  EXPECT_TRUE(at::equal(slots.read(0, kStamp, kRows, at_time(5)), at::arange(3)));
}

TEST(SlotTable, ForecastsOnlyFromItsOwnRun) {
  SlotTable slots(slots_of(1, 1));
  slots.write(0, at::arange(3), kStamp, kRows, at_time(1));
  const Stamp next{2, 2, {4, 8, 8}};
  slots.write(0, at::arange(3) * 2, next, kRows, at_time(2));
  EXPECT_TRUE(at::equal(slots.read(0, next, kRows, at_time(5)), at::arange(3) * 2));
}

}  // namespace
}  // namespace latentrt::sampling
