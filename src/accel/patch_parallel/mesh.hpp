#pragma once
/// One rank of a mesh: rows of the batch in one direction, rows of the picture in the other.

#include "accel/patch_parallel/network.hpp"
#include "comm/part_of_ranks.hpp"

namespace latentrt::accel {

/// All bands of one part of the batch are on ranks next to each other; such a group has as many ranks as there are bands.
/// With guidance the parts are its two halves. A batch that has no equal parts for the groups is computed by each of them.
/// Belongs to one run.
class MeshNetwork {
 public:
  MeshNetwork(std::shared_ptr<const nn::OpSet> local, comm::Communicator& ranks, const Bands& bands,
              const PatchOptions& options);

  /// Inputs that have as many rows as the sample are cut to the own ones. The output "out" is whole on every rank, others
  /// are the own part and band.
  nn::NamedTensors run(const nn::Program& program, const nn::BoundWeights& weights,
                       nn::NamedTensors inputs);
  const Tally& tally() const noexcept { return network_.tally(); }

 private:
  /// The groups' parts, in their order.
  at::Tensor gathered(const at::Tensor& part);

  comm::Communicator& ranks_;
  const int groups_, group_;
  comm::PartOfRanks own_group_;
  std::int64_t parts_ = 0;  ///< of the batch, on the last call
  PatchedNetwork network_;
};

}  // namespace latentrt::accel
