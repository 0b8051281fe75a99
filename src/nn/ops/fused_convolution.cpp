#include "nn/ops/fused_convolution.hpp"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>

#include "device/cuda/device_query.h"
#include "device/kernel_args.hpp"

namespace latentrt::nn {
namespace {

constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;
/// Number of 16-bit elements that tensor cores read at a time.
constexpr std::int64_t kPack = 8;
constexpr std::size_t kMaxKnown = 512;  // shapes

int capability_of(const ConvolutionCall& call) {
  return kernels::cuda_capability(call.x.get_device());
}

bool as_innermost(const at::Tensor& tensor) {
  return !tensor.defined() || tensor.is_contiguous(kChannelsLast);
}

const void* data_of(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.const_data_ptr() : nullptr;
}

}  // namespace

std::string plan_refusal(const ConvolutionCall& call) {
  if (!device::can_plan_convolutions()) return "this build has no cuDNN";
  const at::ScalarType type = call.x.scalar_type();
  if (type != at::kBFloat16 && type != at::kHalf) return "plans are for 16 bits";
  if (call.op.pad_begin != call.op.pad_end) return "the padding differs by side";
  if (call.x.size(1) % kPack != 0 || call.kernel.size(0) % kPack != 0)
    return "channels come in packs of 8";
  if (!as_innermost(call.x) || !as_innermost(call.kernel) || !as_innermost(call.sum))
    return "channels are not innermost";
  return {};
}

device::ConvolutionShape plan_shape(const ConvolutionCall& call) {
  return {.dtype = device::dtype_of(call.x),
          .rows = call.x.size(0),
          .in = call.x.size(1),
          .height = call.x.size(2),
          .width = call.x.size(3),
          .out = call.kernel.size(0),
          .kernel = call.kernel.size(2),
          .stride = call.op.stride,
          .padding = call.op.pad_begin,
          .bias = call.bias.defined(),
          .sum = call.sum.defined()};
}

Choice measured_choice(const ConvolutionCall& call, int capability, const KernelChoices& choices) {
  const device::ConvolutionShape shape = plan_shape(call);
  const std::array<ShapeClass::Size, 7> sizes{
      {{.name = "kernel", .value = shape.kernel, .exact = true},
       {.name = "stride", .value = shape.stride, .exact = true},
       {.name = "sum", .value = shape.sum ? 1 : 0, .exact = true},
       {.name = "rows", .value = shape.rows},
       {.name = "pixels", .value = shape.height * shape.width},
       {.name = "in", .value = shape.in},
       {.name = "out", .value = shape.out}}};
  return choices.choose(
      {.operation = "convolution", .capability = capability, .dtype = shape.dtype, .sizes = sizes});
}

at::Tensor run_plan(const device::ConvolutionPlan& plan, const ConvolutionCall& call) {
  const device::ConvolutionShape shape = plan_shape(call);
  at::Tensor y = at::empty({shape.rows, shape.out, shape.out_height(), shape.out_width()},
                           call.x.options(), kChannelsLast);
  const at::Tensor workspace =
      at::empty({plan.workspace_bytes()}, call.x.options().dtype(at::kByte));
  plan.run({.x = call.x.const_data_ptr(),
            .kernel = call.kernel.const_data_ptr(),
            .bias = data_of(call.bias),
            .sum = data_of(call.sum),
            .y = y.data_ptr(),
            .workspace = workspace.data_ptr()});
  return y;
}

PlanChoice FusedConvolutions::choose(const ConvolutionCall& call) const {
  if (std::string refusal = plan_refusal(call); !refusal.empty()) return {nullptr, refusal};
  const Choice choice = measured_choice(call, capability_of(call), choices_);
  if (!choice.own_kernel) return {nullptr, choice.reason()};
  auto plan = plan_for(call);
  return plan ? PlanChoice{plan, choice.reason()} : PlanChoice{nullptr, "cuDNN has no plan for it"};
}

std::shared_ptr<const device::ConvolutionPlan> FusedConvolutions::plan_for(
    const ConvolutionCall& call) const {
  const device::ConvolutionShape shape = plan_shape(call);
  const int device = call.x.get_device();
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(
      known_, [&](const Known& known) { return known.device == device && known.shape == shape; });
  if (found != known_.end()) return found->plan;
  if (known_.size() == kMaxKnown) known_.clear();
  known_.push_back({device, shape, device::plan_convolution(shape)});
  return known_.back().plan;
}

}  // namespace latentrt::nn
