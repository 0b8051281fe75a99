#include "nn/ops/own_kernels.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "device/kernel_args.hpp"
#include "kernels/concat/concat.h"
#include "kernels/geglu/geglu.h"
#include "kernels/group_norm/group_norm.h"
#include "kernels/layer_norm/layer_norm.h"
#include "kernels/upsample/upsample.h"
#include "nn/in_parallel.hpp"

namespace latentrt::nn {
namespace {

constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;

bool in_kernel_type(const at::Tensor& x) {
  const at::ScalarType type = x.scalar_type();
  if (!x.is_cpu() && !x.is_cuda()) return false;
  return type == at::kFloat || type == at::kBFloat16 || (x.is_cuda() && type == at::kHalf);
}

std::string type_refusal(const at::Tensor& x) {
  if (in_kernel_type(x)) return {};
  return fmt::format("no own kernel for {}", c10::toString(x.scalar_type()));
}

/// For kernels that read contiguous memory.
std::string dense_refusal(const at::Tensor& x) {
  if (std::string refusal = type_refusal(x); !refusal.empty()) return refusal;
  return x.is_contiguous() ? "" : "its source is not contiguous";
}

/// For kernels of channels-last pictures. Nodes with such a kernel also take sources [N,C,...] of
/// other ranks, so this is checked for the tensor.
std::string picture_refusal(const at::Tensor& x) {
  if (std::string refusal = type_refusal(x); !refusal.empty()) return refusal;
  const bool picture = x.dim() == 4 && x.numel() > 0 && x.is_contiguous(kChannelsLast);
  return picture ? "" : "channels are not innermost";
}

std::string cpu_refusal(const at::Tensor& x) { return x.is_cuda() ? "" : "as fast on this device"; }

std::string first_of(std::initializer_list<std::string> refusals) {
  const auto is_one = [](const std::string& refusal) { return !refusal.empty(); };
  const auto found = std::ranges::find_if(refusals, is_one);
  return found == refusals.end() ? "" : *found;
}

/// Height and width of the result.
std::array<std::int64_t, 2> upsampled_size(const OpCall& call) {
  const at::Tensor& x = call.src(0);
  if (call.srcs.size() == 1) return {x.size(2) * 2, x.size(3) * 2};
  return {call.src(1).size(2), call.src(1).size(3)};
}

}  // namespace

std::string group_norm_refusal(const OpCall& call) { return picture_refusal(call.src(0)); }

at::Tensor own_group_norm(const OpCall& call) {
  const auto& op = std::get<GroupNorm>(call.node.op);
  const at::Tensor& x = call.src(0);
  at::Tensor y = at::empty_like(x), add;
  if (call.srcs.size() > 1) add = call.src(1).expand({x.size(0), x.size(1)}).contiguous();
  kernels::GroupNormArgs args{.dtype = device::dtype_of(x),
                              .x = x.const_data_ptr(),
                              .y = y.data_ptr(),
                              .scale = call.weight(0).const_data_ptr(),
                              .shift = call.weight(1).const_data_ptr(),
                              .add = add.defined() ? add.const_data_ptr() : nullptr,
                              .rows = x.size(0),
                              .pixels = x.size(2) * x.size(3),
                              .channels = x.size(1),
                              .groups = op.groups,
                              .eps = op.eps,
                              .silu = op.silu};
  const std::int64_t elements =
      x.is_cuda() ? kernels::group_norm_workspace(args) : kernels::group_norm_host_workspace(args);
  const at::Tensor workspace = at::empty({elements}, x.options().dtype(at::kFloat));
  args.workspace = workspace.data_ptr<float>();
  if (x.is_cuda()) {
    kernels::group_norm(args, device::current_stream(x.device()));
  } else {
    kernels::group_norm_host(args, in_parallel);
  }
  return y;
}

std::string geglu_refusal(const OpCall& call) { return dense_refusal(call.src(0)); }

at::Tensor own_geglu(const OpCall& call) {
  const at::Tensor& x = call.src(0);
  auto sizes = x.sizes().vec();
  sizes.back() /= 2;
  at::Tensor y = at::empty(sizes, x.options());
  const kernels::GegluArgs args{.dtype = device::dtype_of(x),
                                .src = x.const_data_ptr(),
                                .dst = y.data_ptr(),
                                .rows = x.numel() / std::max<std::int64_t>(1, x.size(-1)),
                                .size = sizes.back()};
  if (x.is_cuda()) {
    kernels::geglu(args, device::current_stream(x.device()));
  } else {
    kernels::geglu_host(args, in_parallel);
  }
  return y;
}

std::string layer_norm_refusal(const OpCall& call) {
  const at::Tensor& x = call.src(0);
  return first_of({cpu_refusal(x), dense_refusal(x), x.numel() > 0 ? "" : "it has no elements"});
}

at::Tensor own_layer_norm(const OpCall& call) {
  const at::Tensor& x = call.src(0);
  at::Tensor y = at::empty_like(x);
  kernels::layer_norm({.dtype = device::dtype_of(x),
                       .x = x.const_data_ptr(),
                       .add = nullptr,
                       .sum = nullptr,
                       .y = y.data_ptr(),
                       .scale = call.weight(0).const_data_ptr(),
                       .shift = call.weight(1).const_data_ptr(),
                       .rows = x.numel() / x.size(-1),
                       .size = x.size(-1),
                       .eps = std::get<LayerNorm>(call.node.op).eps},
                      device::current_stream(x.device()));
  return y;
}

std::string concat_refusal(const OpCall& call) {
  const at::Tensor &a = call.src(0), &b = call.src(1);
  const bool same = a.scalar_type() == b.scalar_type();
  return first_of({cpu_refusal(a), picture_refusal(a), picture_refusal(b),
                   same ? "" : "its sources are of two types"});
}

at::Tensor own_concat(const OpCall& call) {
  const at::Tensor &a = call.src(0), &b = call.src(1);
  at::Tensor y = at::empty({a.size(0), a.size(1) + b.size(1), a.size(2), a.size(3)}, a.options(),
                           kChannelsLast);
  kernels::concat({.dtype = device::dtype_of(a),
                   .a = a.const_data_ptr(),
                   .b = b.const_data_ptr(),
                   .dst = y.data_ptr(),
                   .pixels = a.size(0) * a.size(2) * a.size(3),
                   .a_channels = a.size(1),
                   .b_channels = b.size(1)},
                  device::current_stream(a.device()));
  return y;
}

std::string upsample_refusal(const OpCall& call) {
  const at::Tensor& x = call.src(0);
  const auto [height, width] = upsampled_size(call);
  const bool twice = kernels::is_twice(height, x.size(2)) && kernels::is_twice(width, x.size(3));
  return first_of(
      {cpu_refusal(x), picture_refusal(x), twice ? "" : "the size is not twice the source's"});
}

at::Tensor own_upsample(const OpCall& call) {
  const at::Tensor& x = call.src(0);
  const auto [height, width] = upsampled_size(call);
  at::Tensor y = at::empty({x.size(0), x.size(1), height, width}, x.options(), kChannelsLast);
  kernels::upsample({.dtype = device::dtype_of(x),
                     .src = x.const_data_ptr(),
                     .dst = y.data_ptr(),
                     .rows = x.size(0),
                     .height = x.size(2),
                     .width = x.size(3),
                     .channels = x.size(1),
                     .dst_height = height,
                     .dst_width = width},
                    device::current_stream(x.device()));
  return y;
}

}  // namespace latentrt::nn
