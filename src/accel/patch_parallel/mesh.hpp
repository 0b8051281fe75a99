#pragma once
/// One rank of a mesh: rows of the batch in one direction, rows of the picture in the other.

#include "accel/patch_parallel/network.hpp"
#include "comm/part_of_ranks.hpp"
#include "sampling/rows.hpp"

namespace latentrt::accel {

/// All bands of one part of the batch are on a group of neighbouring ranks; a group has as many
/// ranks as there are bands. With guidance the parts are its conditional and unconditional half. If
/// the batch cannot be split evenly, each group computes all of it. Belongs to one run.
class MeshNetwork {
 public:
  MeshNetwork(std::shared_ptr<const nn::OpSet> local, comm::Communicator& ranks, const Bands& bands,
              const PatchOptions& options);

  /// Inputs with all of the sample's rows are cut to the rows of this rank's part; values kept in
  /// slots have only those rows already. The main output is complete on every rank, other outputs
  /// are this rank's part and band.
  nn::NamedTensors run(const nn::Program& program, const nn::BoundWeights& weights,
                       nn::NamedTensors inputs);
  /// This rank's part of the rows of a call.
  sampling::Rows rows_here(const sampling::Rows& rows) const;
  const TrafficCounters& counters() const noexcept { return network_.counters(); }

 private:
  /// Number of parts into which this many rows are divided.
  std::int64_t parts_of(std::int64_t rows) const { return rows % groups_ == 0 ? groups_ : 1; }
  /// The groups' parts, in the order of the groups.
  at::Tensor gathered(const at::Tensor& part);

  comm::Communicator& ranks_;
  const int groups_, group_;
  comm::PartOfRanks own_group_;
  std::int64_t parts_ = 0;  ///< of the batch, in the last call
  PatchedNetwork network_;
};

}  // namespace latentrt::accel
