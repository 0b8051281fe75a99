#pragma once
/// A network on the ranks' bands of one picture.

#include <string>

#include "accel/patch_parallel/patch_ops.hpp"
#include "nn/run/executor.hpp"

namespace latentrt::accel {

enum class Receivers { all, first };

/// Runs Programs whose declared inputs are complete on every rank; each rank takes its own band of
/// pictures from them. Every rank, or only the first one, gets the network's complete main output.
/// Other inputs and outputs (values kept from call to call) are the rank's own band. Belongs to one
/// run.
class PatchedNetwork {
 public:
  PatchedNetwork(std::shared_ptr<const nn::OpSet> local, comm::Communicator& communicator,
                 Bands bands, PatchOptions options, Receivers receivers = Receivers::all);

  nn::NamedTensors run(const nn::Program& program, const nn::BoundWeights& weights,
                       nn::NamedTensors inputs);
  /// To be called before a call with other batch rows than the previous ones.
  void forget() { peers_.forget(); }
  const TrafficCounters& counters() const noexcept { return peers_.counters(); }

 private:
  at::Tensor own_band(const at::Tensor& picture) const;
  /// Undefined on ranks that do not get it.
  at::Tensor gathered(const at::Tensor& band);

  comm::Communicator& communicator_;
  const Receivers receivers_;
  PeerValues peers_;
  PatchOps ops_;
};

}  // namespace latentrt::accel
