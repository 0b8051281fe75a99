#pragma once
/// Several ranks on one device, which run in turn on its threads: the results are the same as with
/// real ranks, bit for bit.

#include <memory>
#include <vector>

#include "accel/patch_parallel/mesh.hpp"
#include "comm/loopback.hpp"
#include "nn/program/layout.hpp"
#include "sampling/plan.hpp"

namespace latentrt::accel {

class SimulatedRanks final : public sampling::Space {
 public:
  /// Number of rank groups; each group holds all bands.
  SimulatedRanks(const sampling::Plan& plan, const Bands& bands, int groups,
                 const PatchOptions& options);

  nn::NamedTensors run(const nn::Program& program, const nn::NamedTensors& inputs) override;
  at::Tensor decode(const nn::Network& decoder, const at::Tensor& latents) override;
  Exchanges exchanges() const override;

 private:
  /// Whether ranks keep their own bands of a value: pictures between the network's inputs and
  /// outputs.
  bool has_bands(const std::string& name) const;
  nn::NamedTensors inputs_of(int rank, const nn::NamedTensors& inputs) const;
  /// All ranks' parts of a value that has `rows` rows when complete.
  at::Tensor whole(const std::vector<nn::NamedTensors>& outputs, const std::string& name,
                   std::int64_t rows) const;

  const nn::Network denoiser_;
  const std::vector<nn::Layout> layouts_;  ///< of the denoiser's values
  const Bands bands_;
  comm::LoopbackRanks ranks_;
  std::vector<std::unique_ptr<MeshNetwork>> networks_;
};

}  // namespace latentrt::accel
