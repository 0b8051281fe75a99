#pragma once
/// CUDA graphs: each call of the network is one launch on the GPU instead of hundreds.

#include <latentrt/accelerator.hpp>

namespace latentrt::accel {

class CudaGraph final : public Accelerator {
 public:
  std::string_view name() const override { return "cudagraph"; }
  Axis axis() const override { return Axis::launch; }
  void contribute(PlanBuilder& plan) const override;
};

}  // namespace latentrt::accel
