#pragma once
/// Operations on one rank's band of the picture: values beyond it are exchanged with the other
/// ranks.

#include <memory>

#include "accel/patch_parallel/remote.hpp"
#include "nn/ops/op_set.hpp"

namespace latentrt::accel {

/// Decorates an OpSet. Convolutions get the rows adjacent to the band, normalisations the moments
/// of the whole picture, self-attention keys and values; pixelwise operations are passed on
/// unchanged. Belongs to one run, like its Remote.
class PatchOps final : public nn::OpSet {
 public:
  PatchOps(std::shared_ptr<const nn::OpSet> local, Remote& remote)
      : local_(std::move(local)), remote_(remote) {}

  at::Tensor run(const nn::OpCall& call) const override;
  std::string implementation(const nn::OpCall& call) const override {
    return local_->implementation(call);
  }

 private:
  std::shared_ptr<const nn::OpSet> local_;
  Remote& remote_;
};

}  // namespace latentrt::accel
