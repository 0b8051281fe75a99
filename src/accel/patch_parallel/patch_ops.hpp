#pragma once
/// Operations on one rank's band of the picture: values beyond it are exchanged with the other
/// ranks.

#include <memory>

#include "accel/patch_parallel/peer_values.hpp"
#include "nn/ops/op_set.hpp"

namespace latentrt::accel {

/// Decorates an OpSet. Convolutions get the rows adjacent to the band, normalisations the moments
/// of the whole picture, self-attention keys and values; pixelwise operations are passed on
/// unchanged. Belongs to one run, like its PeerValues.
class PatchOps final : public nn::OpSet {
 public:
  PatchOps(std::shared_ptr<const nn::OpSet> local, PeerValues& peers)
      : local_(std::move(local)), peers_(peers) {}

  nn::Implementation choose(const nn::OpCall& call) const override;

 private:
  std::shared_ptr<const nn::OpSet> local_;
  PeerValues& peers_;
};

}  // namespace latentrt::accel
