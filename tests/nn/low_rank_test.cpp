#include "nn/low_rank.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

namespace latentrt::nn {
namespace {

/// Merged weights do what the factors do beside the layer.
TEST(LowRank, OfAMatrixIsTwoLayersBesideIt) {
  const at::Tensor x = at::randn({3, 5}), w = at::randn({4, 5});
  const LowRank change{
      .down = at::randn({2, 5}), .up = at::randn({4, 2}), .mid = {}, .magnitude = {}, .scale = 0.7};
  const at::Tensor beside =
      at::linear(x, w) + at::linear(at::linear(x, change.down), change.up) * 0.7;
  EXPECT_TRUE(at::allclose(at::linear(x, change.apply(w)), beside, 1e-5, 1e-5));
}

TEST(LowRank, OfAKernelIsTwoConvolutionsBesideIt) {
  const at::Tensor x = at::randn({1, 3, 6, 7}), w = at::randn({4, 3, 3, 3}),
                   down = at::randn({2, 3, 3, 3});
  const LowRank change{
      .down = down.flatten(1), .up = at::randn({4, 2}), .mid = {}, .magnitude = {}, .scale = -0.4};
  const at::Tensor thin = at::conv2d(x, down, {}, 1, 1);
  const at::Tensor beside =
      at::conv2d(x, w, {}, 1, 1) + at::conv2d(thin, change.up.view({4, 2, 1, 1})) * -0.4;
  EXPECT_TRUE(at::allclose(at::conv2d(x, change.apply(w), {}, 1, 1), beside, 1e-4, 1e-4));
}

TEST(LowRank, WithAMiddleIsThreeConvolutionsBesideIt) {
  const at::Tensor x = at::randn({1, 3, 6, 7}), w = at::randn({4, 3, 3, 3});
  const LowRank change{.down = at::randn({2, 3}),
                       .up = at::randn({4, 5}),
                       .mid = at::randn({5, 2, 3, 3}),
                       .magnitude = {},
                       .scale = 1};
  const at::Tensor thin =
      at::conv2d(at::conv2d(x, change.down.view({2, 3, 1, 1})), change.mid, {}, 1, 1);
  const at::Tensor beside =
      at::conv2d(x, w, {}, 1, 1) + at::conv2d(thin, change.up.view({4, 5, 1, 1}));
  EXPECT_TRUE(at::allclose(at::conv2d(x, change.apply(w), {}, 1, 1), beside, 1e-4, 1e-4));
}

TEST(LowRank, MagnitudeSetsTheLengthOfRows) {
  const at::Tensor w = at::randn({4, 3, 3, 3}), lengths = at::randn({4}).abs() + 0.5;
  const LowRank change{.down = at::randn({2, 27}),
                       .up = at::randn({4, 2}),
                       .mid = {},
                       .magnitude = lengths,
                       .scale = 1};
  EXPECT_TRUE(at::allclose(change.apply(w).flatten(1).norm(2, 1), lengths, 1e-5, 1e-5));
}

}  // namespace
}  // namespace latentrt::nn
