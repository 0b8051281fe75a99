#pragma once
/// The operations on one device, by LibTorch.

#include "nn/op_set.hpp"

namespace latentrt::nn {

class LocalOps final : public OpSet {
 public:
  at::Tensor run(const OpCall& call) const override;
  std::string implementation(const OpCall& call) const override;
};

}  // namespace latentrt::nn
