#pragma once
/// A network over the ranks' bands of one picture.

#include <string>

#include "accel/patch_parallel/patch_ops.hpp"
#include "nn/run/executor.hpp"

namespace latentrt::accel {

/// The input [N,C,H,W] that every rank has whole, and the output that every rank gets whole, or the first one alone.
struct Ends {
  std::string input = "sample", output = "out";
  bool first_alone = false;
};

/// Runs Programs between such ends. Other inputs and outputs that are pictures or tokens of them are the rank's own band.
/// Belongs to one run.
class PatchedNetwork {
 public:
  PatchedNetwork(std::shared_ptr<const nn::OpSet> local, comm::Communicator& communicator,
                 Bands bands, PatchOptions options, Ends ends = {});

  nn::NamedTensors run(const nn::Program& program, const nn::BoundWeights& weights,
                       nn::NamedTensors inputs);
  /// Before a call whose rows are others than those of the calls before.
  void forget() { remote_.forget(); }
  const Tally& tally() const noexcept { return remote_.tally(); }

 private:
  /// Undefined on ranks that do not get it.
  at::Tensor gathered(const at::Tensor& band);

  comm::Communicator& communicator_;
  const Ends ends_;
  Remote remote_;
  PatchOps ops_;
};

}  // namespace latentrt::accel
