#pragma once
/// Large pictures through the autoencoder tile by tile, as diffusers' enable_tiling() does it:
/// neighbours overlap by a quarter and are blended linearly, from above first and from the left
/// then. Norms and attention see one tile, so the result differs a little from that of the whole
/// picture.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>

namespace latentrt::pipeline {

/// Sides of the square tiles, in elements of what goes in and of what comes out. Both are multiples
/// of 4.
struct Tiles {
  std::int64_t in, out;
};

/// `run` maps [B,C,h,w] of at most tiles.in on a side to [B,D,h*r,w*r], r = tiles.out / tiles.in
/// (or its inverse).
at::Tensor run_tiled(const at::Tensor& src, Tiles tiles,
                     const std::function<at::Tensor(const at::Tensor&)>& run);

}  // namespace latentrt::pipeline
