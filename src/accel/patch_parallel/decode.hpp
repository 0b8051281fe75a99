#pragma once
/// The autoencoder's decoder over bands of the latents.

#include "comm/communicator.hpp"
#include "sampling/plan.hpp"

namespace latentrt::accel {

/// This rank's part of the work; every value is fresh. The picture of one device on the first rank, undefined elsewhere.
at::Tensor decode_on(comm::Communicator& ranks, const nn::Network& decoder,
                     const at::Tensor& latents);

}  // namespace latentrt::accel
