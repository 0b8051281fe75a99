#pragma once
/// Convolutions on a GPU whose bias and residual are added in the kernel that convolves
/// (device/convolution_plan.hpp), where that was measured to be faster than LibTorch's, which runs
/// one more for each.

#include <ATen/core/Tensor.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "device/convolution_plan.hpp"
#include "nn/ops/kernel_choices.hpp"
#include "nn/program/op.hpp"

namespace latentrt::nn {

/// x [N,C,H,W] as it came, kernel [O,C,k,k], undefined where it is held in another way; bias [O]
/// and sum [N,O,H',W'] may be undefined.
struct ConvolutionCall {
  const Conv2d& op;
  const at::Tensor &x, &kernel, &bias, &sum;
};

/// Why a plan cannot be asked for, as a sentence; empty when it can.
std::string plan_refusal(const ConvolutionCall& call);

/// What the plan depends on.
device::ConvolutionShape plan_shape(const ConvolutionCall& call);

/// Which was faster on a GPU of that compute capability.
Choice measured_choice(const ConvolutionCall& call, int capability, const KernelChoices& choices);

/// cuDNN's plan for a call, null where LibTorch convolves instead; and why.
struct PlanChoice {
  std::shared_ptr<const device::ConvolutionPlan> plan;
  std::string reason;
};

/// By the plan that was made for a call of that shape.
at::Tensor run_plan(const device::ConvolutionPlan& plan, const ConvolutionCall& call);

/// Plans by shape and device, made when they are first asked for. Any thread may use them.
class FusedConvolutions {
 public:
  explicit FusedConvolutions(const KernelChoices& choices) : choices_(choices) {}

  /// For a plain kernel on a GPU.
  PlanChoice choose(const ConvolutionCall& call) const;
  /// Whatever was measured; null where cuDNN has none.
  std::shared_ptr<const device::ConvolutionPlan> plan_for(const ConvolutionCall& call) const;

 private:
  struct Known {
    int device;
    device::ConvolutionShape shape;
    std::shared_ptr<const device::ConvolutionPlan> plan;  ///< null where cuDNN has none
  };

  const KernelChoices& choices_;
  mutable std::mutex mutex_;
  mutable std::vector<Known> known_;  ///< guarded by the mutex
};

}  // namespace latentrt::nn
