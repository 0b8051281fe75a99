#pragma once
/// The autoencoder's decoder on bands of the latents.

#include "comm/communicator.hpp"
#include "sampling/plan.hpp"

namespace latentrt::accel {

/// Computes this rank's part; every value is fresh. Returns the same picture as one device on the
/// first rank, undefined elsewhere.
at::Tensor decode_on(comm::Communicator& ranks, const nn::Network& decoder,
                     const at::Tensor& latents);

}  // namespace latentrt::accel
