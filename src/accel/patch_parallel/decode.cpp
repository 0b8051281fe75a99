#include "accel/patch_parallel/decode.hpp"

#include "accel/patch_parallel/network.hpp"

namespace latentrt::accel {

at::Tensor decode_on(comm::Communicator& ranks, const nn::Network& decoder,
                     const at::Tensor& latents) {
  const nn::Program& program = *decoder.program;
  PatchedNetwork network(decoder.ops, ranks, Bands::even(latents.size(2), 1, ranks.size()),
                         {.warm_up = -1}, Receivers::first);
  return network.run(program, *decoder.weights, {{program.band_input(), latents}})
      .at(program.main_output());
}

}  // namespace latentrt::accel
