#include "sampling/slots.hpp"

#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <latentrt/error.hpp>

namespace latentrt::sampling {
namespace {

const Stamp kStamp{.run = 1, .weight_epoch = 2, .sample_shape = {1, 4, 8, 8}};

TEST(SlotTable, AnEmptySlotIsInvalidAndReadingItThrows) {
  const SlotTable slots(1);
  EXPECT_FALSE(slots.valid(0, kStamp));
  EXPECT_THROW(slots.read(0, kStamp), Error);
}

TEST(SlotTable, ContentIsValidForItsOwnStampOnly) {
  SlotTable slots(1);
  slots.write(0, at::arange(3), kStamp);
  EXPECT_TRUE(slots.valid(0, kStamp));
  for (const Stamp& other :
       {Stamp{2, 2, {1, 4, 8, 8}}, Stamp{1, 3, {1, 4, 8, 8}}, Stamp{1, 2, {1, 4, 8, 16}}}) {
    EXPECT_FALSE(slots.valid(0, other));
    EXPECT_THROW(slots.read(0, other), Error);
  }
}

TEST(SlotTable, ResetForgets) {
  SlotTable slots(2);
  slots.write(1, at::arange(3), kStamp);
  slots.reset();
  EXPECT_FALSE(slots.valid(1, kStamp));
}

TEST(SlotTable, GatherMovesRows) {
  SlotTable slots(2);
  slots.write(0, at::arange(3), kStamp);
  slots.gather_rows(at::tensor({2, 0, 0}, at::TensorOptions(at::kLong)));
  EXPECT_TRUE(
      at::equal(slots.read(0, kStamp), at::tensor({2, 0, 0}, at::TensorOptions(at::kLong))));
}

}  // namespace
}  // namespace latentrt::sampling
