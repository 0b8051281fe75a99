#pragma once
/// Convolutions on a GPU whose bias and residual are added in the convolution kernel
/// (device/convolution_plan.hpp), if that was measured to be faster than LibTorch, which runs one
/// more kernel for each.

#include <ATen/core/Tensor.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "device/convolution_plan.hpp"
#include "nn/ops/kernel_choices.hpp"
#include "nn/program/op.hpp"

namespace latentrt::nn {

/// x [N,C,H,W] in its original layout; kernel [O,C,k,k], undefined if it is stored in another form;
/// bias [O] and sum [N,O,H',W'] may be undefined.
struct ConvolutionCall {
  const Conv2d& op;
  const at::Tensor &x, &kernel, &bias, &sum;
};

/// The reason why there can be no plan, as a sentence; empty if there can.
std::string plan_refusal(const ConvolutionCall& call);

/// The shape that the plan depends on.
device::ConvolutionShape plan_shape(const ConvolutionCall& call);

/// The faster implementation on a GPU of that compute capability.
Choice measured_choice(const ConvolutionCall& call, int capability, const KernelChoices& choices);

/// cuDNN's plan for a call, null if LibTorch is used instead; and the reason.
struct PlanChoice {
  std::shared_ptr<const device::ConvolutionPlan> plan;
  std::string reason;
};

/// Computes the call with a plan that was made for its shape.
at::Tensor run_plan(const device::ConvolutionPlan& plan, const ConvolutionCall& call);

/// Plans by shape and device, made on first use. Any thread may use them.
class FusedConvolutions {
 public:
  explicit FusedConvolutions(const KernelChoices& choices) : choices_(choices) {}

  /// For an unpacked kernel on a GPU.
  PlanChoice choose(const ConvolutionCall& call) const;
  /// As above, whatever was measured; null if cuDNN has no plan.
  std::shared_ptr<const device::ConvolutionPlan> plan_for(const ConvolutionCall& call) const;

 private:
  struct Known {
    int device;
    device::ConvolutionShape shape;
    std::shared_ptr<const device::ConvolutionPlan> plan;  ///< null if cuDNN has no plan
  };

  const KernelChoices& choices_;
  mutable std::mutex mutex_;
  mutable std::vector<Known> known_;  ///< guarded by the mutex
};

}  // namespace latentrt::nn
