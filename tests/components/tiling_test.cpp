#include "components/tiling.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/repeat_interleave.h>
#include <gtest/gtest.h>

namespace latentrt::pipeline {
namespace {

at::Tensor enlarged(const at::Tensor& x) {
  return at::repeat_interleave(at::repeat_interleave(x, 2, 2), 2, 3);
}

/// Functions of single pixels give the same result with tiles as without, whatever the last tile's
/// size.
TEST(Tiling, KeepsWhatIsLocal) {
  for (const auto& [height, width] :
       {std::pair(8, 8), std::pair(9, 20), std::pair(13, 15), std::pair(31, 4)}) {
    const at::Tensor x = at::randn({2, 3, height, width});
    EXPECT_TRUE(at::allclose(run_tiled(x, {.in = 8, .out = 16}, enlarged), enlarged(x), 0, 1e-6))
        << height << " x " << width;
  }
}

TEST(Tiling, SeesTilesOfTheGivenSide) {
  const auto check = [](const at::Tensor& tile) {
    EXPECT_LE(tile.size(2), 8);
    EXPECT_LE(tile.size(3), 8);
    return tile.clone();
  };
  run_tiled(at::randn({1, 1, 20, 30}), {.in = 8, .out = 8}, check);
}

/// Across an overlap the weight changes from only the left tile to only the right one.
TEST(Tiling, BlendsLinearly) {
  int tile = 0;
  const auto count = [&](const at::Tensor& x) { return at::ones_like(x) * tile++; };
  const at::Tensor line = run_tiled(at::randn({1, 1, 1, 14}), {.in = 8, .out = 8}, count);
  const at::Tensor overlap = line.flatten().slice(0, 6, 9);
  EXPECT_EQ(overlap[0].item<float>(), 0);
  EXPECT_EQ(overlap[1].item<float>(), 0.5);
  EXPECT_EQ(overlap[2].item<float>(), 1);
}

}  // namespace
}  // namespace latentrt::pipeline
