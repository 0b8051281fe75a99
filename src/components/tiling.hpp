#pragma once
/// Large pictures through the autoencoder tile by tile, as diffusers' enable_tiling() does it:
/// neighbouring tiles overlap by a quarter and are blended linearly, first with the tile above,
/// then with the tile on the left. Norms and attention only see one tile, so the result differs
/// slightly from that of the whole picture.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>

namespace latentrt::pipeline {

/// Sides of the square tiles, in elements of the input and of the output. Both are multiples of 4.
struct Tiles {
  std::int64_t in, out;
};

/// `run` maps [B,C,h,w] of at most tiles.in on a side to [B,D,h*r,w*r], r = tiles.out / tiles.in
/// (or its inverse).
at::Tensor run_tiled(const at::Tensor& src, Tiles tiles,
                     const std::function<at::Tensor(const at::Tensor&)>& run);

}  // namespace latentrt::pipeline
