#include "accel/patch_parallel/decode.hpp"

#include "accel/patch_parallel/network.hpp"

namespace latentrt::accel {

at::Tensor decode_on(comm::Communicator& ranks, const sampling::Decoder& decoder,
                     const at::Tensor& latents) {
  const Ends ends{.input = decoder.latents, .output = decoder.image, .first_alone = true};
  PatchedNetwork network(decoder.ops, ranks, Bands::even(latents.size(2), 1, ranks.size()),
                         {.warm_up = -1}, ends);
  return network.run(decoder.program, decoder.weights, {{ends.input, latents}}).at(ends.output);
}

}  // namespace latentrt::accel
