#pragma once
/// The operations that reach beyond a band, one function for each footprint.

#include "accel/patch_parallel/remote.hpp"
#include "nn/ops/op_set.hpp"

namespace latentrt::accel {

/// Rows of the input that a band of the output needs above and below its own.
struct Halo {
  std::int64_t above, below;
};
Halo halo_of(const nn::Conv2d& op);

/// A convolution, with the rows beside the band that it reads and no others.
at::Tensor convolve(const nn::Conv2d& op, const nn::OpCall& call, const nn::OpSet& local,
                    Remote& remote);

/// A group normalisation with the moments of the whole picture. Variances are biased, as those of one device are.
at::Tensor normalise(const nn::GroupNorm& op, const nn::OpCall& call, Remote& remote);

/// Self-attention of the band's own queries over the keys and values in reach.
at::Tensor attend(const nn::OpCall& call, const nn::OpSet& local, Remote& remote);

}  // namespace latentrt::accel
