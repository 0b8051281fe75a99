#pragma once
/// Bytes that patch parallelism moves, for those who plan it.

#include "comm/communicator.hpp"
#include "nn/shapes.hpp"

namespace latentrt::accel {

/// What an inner one of `ranks` even bands (the last, of two) receives on one call of the denoiser. `shapes` are those of the
/// whole picture; context is that of mode pcpp, infinity that of distrifusion. Throws Error(invalid_argument) where the rows
/// cannot be shared.
comm::Received inner_rank_traffic(const nn::Program& program, const std::vector<nn::Shape>& shapes,
                                  int ranks, double context, std::uint64_t element_bytes);

/// The same for DistriFusion as its authors released it: both boundary rows of every convolution from all ranks.
comm::Received released_traffic(const nn::Program& program, const std::vector<nn::Shape>& shapes,
                                int ranks, std::uint64_t element_bytes);

}  // namespace latentrt::accel
