#pragma once
/// This process's rank among several.

#include "accel/patch_parallel/decode.hpp"
#include "accel/patch_parallel/mesh.hpp"
#include "sampling/plan.hpp"

namespace latentrt::accel {

/// Values kept between calls, other than the network's main input and output, are this rank's own
/// band.
class OwnRank final : public sampling::Space {
 public:
  OwnRank(const sampling::Plan& plan, comm::Communicator& ranks, const Bands& bands,
          const PatchOptions& options)
      : denoiser_(plan.denoiser),
        ranks_(ranks),
        before_(ranks.received()),
        network_(denoiser_.ops, ranks, bands, options) {}

  sampling::Rows rows_here(const sampling::Rows& rows) const override {
    return network_.rows_here(rows);
  }
  nn::NamedTensors run(const nn::Program& program, const nn::NamedTensors& inputs) override {
    return network_.run(program, *denoiser_.weights, inputs);
  }
  at::Tensor decode(const nn::Network& decoder, const at::Tensor& latents) override {
    return decode_on(ranks_, decoder, latents);
  }
  Exchanges exchanges() const override {
    const TrafficCounters& counters = network_.counters();
    return {.calls = counters.calls(), .ranks = {exchanges_of(ranks_, before_, counters)}};
  }

 private:
  const nn::Network denoiser_;
  comm::Communicator& ranks_;
  const comm::Received before_;  ///< of earlier runs
  MeshNetwork network_;
};

}  // namespace latentrt::accel
