#pragma once
/// A network over the ranks' bands of one picture.

#include <string>

#include "accel/patch_parallel/patch_ops.hpp"
#include "nn/run/executor.hpp"

namespace latentrt::accel {

enum class Receivers { all, first };

/// Runs Programs whose declared inputs every rank has whole: of pictures it takes its own band. Every rank, or only the first
/// one, gets the network's main output whole. Other inputs and outputs (what is kept from call to call) are the rank's own band.
/// Belongs to one run.
class PatchedNetwork {
 public:
  PatchedNetwork(std::shared_ptr<const nn::OpSet> local, comm::Communicator& communicator,
                 Bands bands, PatchOptions options, Receivers receivers = Receivers::all);

  nn::NamedTensors run(const nn::Program& program, const nn::BoundWeights& weights,
                       nn::NamedTensors inputs);
  /// Before a call whose rows are others than those of the calls before.
  void forget() { remote_.forget(); }
  const Tally& tally() const noexcept { return remote_.tally(); }

 private:
  at::Tensor own_band(const at::Tensor& picture) const;
  /// Undefined on ranks that do not get it.
  at::Tensor gathered(const at::Tensor& band);

  comm::Communicator& communicator_;
  const Receivers receivers_;
  Remote remote_;
  PatchOps ops_;
};

}  // namespace latentrt::accel
