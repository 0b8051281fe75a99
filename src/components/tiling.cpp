#include "components/tiling.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace latentrt::pipeline {
namespace {

constexpr std::int64_t kHeight = 2, kWidth = 3;

/// Blends the end of `before` into the beginning of `tile` along a dimension, in place; the first
/// line is entirely that of `before`.
void blend(const at::Tensor& before, at::Tensor& tile, std::int64_t extent, std::int64_t dim) {
  extent = std::min({before.size(dim), tile.size(dim), extent});
  std::vector<std::int64_t> shape(4, 1);
  shape[static_cast<std::size_t>(dim)] = extent;
  const at::Tensor weight = (at::arange(extent, tile.options()) / extent).view(shape);
  const at::Tensor end = before.narrow(dim, before.size(dim) - extent, extent);
  at::Tensor begin = tile.narrow(dim, 0, extent);
  begin.copy_(end * (1 - weight) + begin * weight);
}

std::int64_t overlap(std::int64_t side) { return side / 4; }
std::int64_t stride(std::int64_t side) { return side - overlap(side); }

at::Tensor cropped(const at::Tensor& tile, std::int64_t side) {
  return tile.slice(kHeight, 0, side).slice(kWidth, 0, side);
}

}  // namespace

at::Tensor run_tiled(const at::Tensor& src, Tiles tiles,
                     const std::function<at::Tensor(const at::Tensor&)>& run) {
  std::vector<at::Tensor> rows, above;
  for (std::int64_t y = 0; y < src.size(kHeight); y += stride(tiles.in)) {
    std::vector<at::Tensor> row, kept;
    for (std::int64_t x = 0; x < src.size(kWidth); x += stride(tiles.in)) {
      at::Tensor tile = run(src.slice(kHeight, y, y + tiles.in).slice(kWidth, x, x + tiles.in));
      if (!above.empty()) blend(above[row.size()], tile, overlap(tiles.out), kHeight);
      if (!row.empty()) blend(row.back(), tile, overlap(tiles.out), kWidth);
      kept.push_back(cropped(tile, stride(tiles.out)));
      row.push_back(std::move(tile));
    }
    rows.push_back(at::cat(kept, kWidth));
    above = std::move(row);
  }
  return at::cat(rows, kHeight);
}

}  // namespace latentrt::pipeline
