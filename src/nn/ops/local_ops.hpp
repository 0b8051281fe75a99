#pragma once
/// The operations on one device, by LibTorch and by our own kernels.

#include "nn/ops/fused_convolution.hpp"
#include "nn/ops/kernel_choices.hpp"
#include "nn/ops/op_set.hpp"

namespace latentrt::nn {

class LocalOps final : public OpSet {
 public:
  /// Uses the measurements that the library was built with.
  LocalOps();
  explicit LocalOps(KernelChoices choices);

  Implementation choose(const OpCall& call) const override;

 private:
  KernelChoices choices_;
  FusedConvolutions convolutions_{choices_};
};

}  // namespace latentrt::nn
