#pragma once
/// Several ranks on one device, which take turns on its threads: the same results, bit for bit, as
/// with real ranks.

#include <memory>
#include <vector>

#include "accel/patch_parallel/mesh.hpp"
#include "comm/loopback.hpp"
#include "nn/program/layout.hpp"
#include "sampling/plan.hpp"

namespace latentrt::accel {

class SimulatedRanks final : public sampling::Space {
 public:
  /// `groups` of them, each with all bands.
  SimulatedRanks(const sampling::Plan& plan, const Bands& bands, int groups,
                 const PatchOptions& options);

  nn::NamedTensors run(const nn::Program& program, const nn::NamedTensors& inputs) override;
  at::Tensor decode(const nn::Network& decoder, const at::Tensor& latents) override;
  Exchanges exchanges() const override;

 private:
  /// Values of which ranks keep their own bands: pictures between the network's ends.
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
