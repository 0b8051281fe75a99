#include "nn/weights/low_rank.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "nn/weights/weight_change.hpp"

namespace latentrt::nn {
namespace {

/// Merged weights have the same effect as the factors in separate layers.
TEST(LowRank, OfAMatrixIsTwoLayers) {
  const at::Tensor x = at::randn({3, 5}), w = at::randn({4, 5});
  const LowRank factors{.down = at::randn({2, 5}), .up = at::randn({4, 2}), .mid = {}};
  const at::Tensor apart =
      at::linear(x, w) + at::linear(at::linear(x, factors.down), factors.up) * 0.7;
  const at::Tensor merged = WeightChange{factors.product(), 0.7}.apply(w);
  EXPECT_TRUE(at::allclose(at::linear(x, merged), apart, 1e-5, 1e-5));
}

TEST(LowRank, OfAKernelIsTwoConvolutions) {
  const at::Tensor x = at::randn({1, 3, 6, 7}), w = at::randn({4, 3, 3, 3}),
                   down = at::randn({2, 3, 3, 3});
  const LowRank factors{.down = down.flatten(1), .up = at::randn({4, 2}), .mid = {}};
  const at::Tensor thin = at::conv2d(x, down, {}, 1, 1);
  const at::Tensor apart =
      at::conv2d(x, w, {}, 1, 1) + at::conv2d(thin, factors.up.view({4, 2, 1, 1})) * -0.4;
  const at::Tensor merged = WeightChange{factors.product(), -0.4}.apply(w);
  EXPECT_TRUE(at::allclose(at::conv2d(x, merged, {}, 1, 1), apart, 1e-4, 1e-4));
}

TEST(LowRank, WithAMiddleIsThreeConvolutions) {
  const at::Tensor x = at::randn({1, 3, 6, 7}), w = at::randn({4, 3, 3, 3});
  const LowRank factors{
      .down = at::randn({2, 3}), .up = at::randn({4, 5}), .mid = at::randn({5, 2, 3, 3})};
  const at::Tensor thin =
      at::conv2d(at::conv2d(x, factors.down.view({2, 3, 1, 1})), factors.mid, {}, 1, 1);
  const at::Tensor apart =
      at::conv2d(x, w, {}, 1, 1) + at::conv2d(thin, factors.up.view({4, 5, 1, 1}));
  const at::Tensor merged = WeightChange{factors.product()}.apply(w);
  EXPECT_TRUE(at::allclose(at::conv2d(x, merged, {}, 1, 1), apart, 1e-4, 1e-4));
}

TEST(WeightChange, MagnitudeSetsTheLengthOfRows) {
  const at::Tensor w = at::randn({4, 3, 3, 3}), lengths = at::randn({4, 1, 1, 1}).abs() + 0.5;
  const at::Tensor changed = WeightChange{at::randn({4, 27}), 1, lengths}.apply(w);
  EXPECT_TRUE(at::allclose(changed.flatten(1).norm(2, 1), lengths.flatten(), 1e-5, 1e-5));
}

TEST(WeightChange, MagnitudeSetsTheLengthOfColumns) {
  const at::Tensor w = at::randn({4, 3}), lengths = at::randn({1, 3}).abs() + 0.5;
  const at::Tensor changed = WeightChange{at::randn({4, 3}), 1, lengths}.apply(w);
  EXPECT_TRUE(at::allclose(changed.norm(2, 0), lengths.flatten(), 1e-5, 1e-5));
}

TEST(WeightChange, ARowOfZerosStays) {
  const at::Tensor zeros = at::zeros({2, 3}), lengths = at::randn({2, 1}).abs() + 0.5;
  EXPECT_TRUE(WeightChange({zeros, 1, lengths}).apply(zeros).equal(zeros));
}

}  // namespace
}  // namespace latentrt::nn
