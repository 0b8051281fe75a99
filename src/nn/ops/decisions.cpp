#include "nn/ops/decisions.hpp"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <utility>

#include "nn/ops/op_set.hpp"

namespace latentrt::nn {
namespace {

/// Number of runs: of each cut of a network, for a few sizes.
constexpr std::size_t kMostKept = 64;
/// Alignment of addresses that kernels may require, in bytes.
constexpr std::uintptr_t kAlignment = 16;

std::uintptr_t misalignment_of(const at::Tensor& tensor) {
  return reinterpret_cast<std::uintptr_t>(tensor.const_data_ptr()) % kAlignment;
}

bool requires_grad(const at::Tensor& tensor) { return tensor.defined() && tensor.requires_grad(); }

bool needs_gradients(const Program& program, const BoundWeights& weights,
                     std::span<const at::Tensor> values) {
  if (!at::GradMode::is_enabled()) return false;
  const auto is_trained = [&](ValueId id) {
    return requires_grad(values[static_cast<std::size_t>(id)]);
  };
  if (std::ranges::any_of(program.inputs(), is_trained)) return true;
  for (std::size_t i = 0; i < weights.size(); ++i)
    if (requires_grad(weights[static_cast<WeightId>(i)])) return true;
  return false;
}

}  // namespace

TensorTraits::TensorTraits(const at::Tensor& tensor) {
  if (!tensor.defined()) return;
  sizes_ = tensor.sizes();
  strides_ = tensor.strides();
  type_ = tensor.scalar_type();
  device_ = tensor.device();
  misalignment_ = misalignment_of(tensor);
}

bool TensorTraits::are_of(const at::Tensor& tensor) const {
  if (!tensor.defined()) return type_ == c10::ScalarType::Undefined;
  return tensor.scalar_type() == type_ && tensor.device() == device_ &&
         tensor.sizes() == at::IntArrayRef(sizes_) &&
         tensor.strides() == at::IntArrayRef(strides_) && misalignment_of(tensor) == misalignment_;
}

Occasion::Occasion(const Program& run, const BoundWeights& weights,
                   std::span<const at::Tensor> values)
    : program(run.id()), epoch(weights.epoch()), gradients(needs_gradients(run, weights, values)) {
  inputs.reserve(run.inputs().size());
  for (const ValueId id : run.inputs()) inputs.emplace_back(values[static_cast<std::size_t>(id)]);
}

bool Occasion::is_of(const Program& run, const BoundWeights& weights, bool with_gradients,
                     std::span<const at::Tensor> values) const {
  const auto same = [&](const TensorTraits& traits, ValueId id) {
    return traits.are_of(values[static_cast<std::size_t>(id)]);
  };
  return program == run.id() && epoch == weights.epoch() && gradients == with_gradients &&
         std::ranges::equal(inputs, run.inputs(), same);
}

std::shared_ptr<const Implementations> Decisions::find(const Program& program,
                                                       const BoundWeights& weights,
                                                       std::span<const at::Tensor> values) {
  const bool gradients = needs_gradients(program, weights, values);
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(kept_, [&](const Kept& kept) {
    return kept.occasion.is_of(program, weights, gradients, values);
  });
  if (found == kept_.end()) return nullptr;
  kept_.splice(kept_.begin(), kept_, found);
  return found->decided;
}

void Decisions::keep(Occasion occasion, Implementations decided) {
  const std::lock_guard lock(mutex_);
  // If several threads decided the same at the same time, one decision is stored.
  if (std::ranges::find(kept_, occasion, &Kept::occasion) != kept_.end()) return;
  if (kept_.size() == kMostKept) kept_.pop_back();
  kept_.push_front(
      {std::move(occasion), std::make_shared<const Implementations>(std::move(decided))});
}

}  // namespace latentrt::nn
