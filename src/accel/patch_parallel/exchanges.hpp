#pragma once
/// The operations that read beyond a band, one function per footprint.

#include "accel/patch_parallel/peer_values.hpp"
#include "nn/ops/op_set.hpp"

namespace latentrt::accel {

/// Rows of the input that a band of the output needs above and below its own.
struct Halo {
  std::int64_t above, below;
};
Halo halo_of(const nn::Conv2d& op);

/// A convolution, with exactly the rows adjacent to the band that it reads.
at::Tensor convolve(const nn::Conv2d& op, const nn::OpCall& call, nn::LateChoice& local,
                    PeerValues& peers);

/// A group normalisation with the moments of the whole picture. Variances are biased, like those of
/// one device.
at::Tensor normalise(const nn::GroupNorm& op, const nn::OpCall& call, PeerValues& peers);

/// Self-attention of the band's own queries to the keys and values in the attention window.
at::Tensor attend(const nn::OpCall& call, nn::LateChoice& local, PeerValues& peers);

}  // namespace latentrt::accel
