#include "train/optimizer.hpp"

#include <ATen/ops/zeros_like.h>
#include <torch/optim/adamw.h>

#include <cmath>

#include "base/check_range.hpp"

namespace latentrt::train {
namespace {

using Moments = torch::optim::AdamWParamState;

torch::optim::AdamWOptions checked(const OptimizerOptions& options) {
  constexpr double kHuge = 1e6;
  check_range("learning_rate", options.learning_rate, 0, kHuge);
  check_range("beta1", options.beta1, 0, 0.999999);
  check_range("beta2", options.beta2, 0, 0.999999);
  check_range("eps", options.eps, 0, 1);
  check_range("weight_decay", options.weight_decay, 0, kHuge);
  check_range("max_gradient_norm", options.max_gradient_norm, 0, kHuge);
  return torch::optim::AdamWOptions(options.learning_rate)
      .betas({options.beta1, options.beta2})
      .eps(options.eps)
      .weight_decay(options.weight_decay);
}

}  // namespace

struct Optimizer::State {
  State(nn::Parameters& the_parameters, const OptimizerOptions& options)
      : names(the_parameters.names()),
        leaves(the_parameters.tensors()),
        max_gradient_norm(options.max_gradient_norm),
        adamw(leaves, checked(options)) {}

  double gradient_norm() const {
    double sum = 0;
    for (const at::Tensor& leaf : leaves)
      if (leaf.grad().defined()) sum += leaf.grad().to(at::kDouble).square().sum().item<double>();
    return std::sqrt(sum);
  }

  void scale_down(double norm) {
    if (max_gradient_norm == 0 || norm <= max_gradient_norm) return;
    for (at::Tensor& leaf : leaves)
      if (leaf.grad().defined()) leaf.mutable_grad().mul_(max_gradient_norm / norm);
  }

  /// Returns the moments of a parameter, or null before the first step.
  const Moments* moments_of(const at::Tensor& leaf) const {
    const auto found = adamw.state().find(leaf.unsafeGetTensorImpl());
    return found == adamw.state().end() ? nullptr : &static_cast<const Moments&>(*found->second);
  }

  std::vector<std::string> names;
  std::vector<at::Tensor> leaves;
  double max_gradient_norm;
  torch::optim::AdamW adamw;
};

Optimizer::Optimizer(nn::Parameters& parameters, const OptimizerOptions& options)
    : state_(std::make_unique<State>(parameters, options)) {}
Optimizer::~Optimizer() = default;
Optimizer::Optimizer(Optimizer&&) noexcept = default;

void Optimizer::zero_grad() { state_->adamw.zero_grad(); }

double Optimizer::step(double learning_rate) {
  const double norm = state_->gradient_norm();
  if (!std::isfinite(norm)) fail(Code::non_finite, "the gradient of the loss is not a number");
  state_->scale_down(norm);
  state_->adamw.param_groups().front().options().set_lr(learning_rate);
  state_->adamw.step();
  return norm;
}

nn::NamedTensors Optimizer::moments() const {
  nn::NamedTensors moments;
  for (std::size_t i = 0; i < state_->leaves.size(); ++i) {
    const at::Tensor& leaf = state_->leaves[i];
    const Moments* const known = state_->moments_of(leaf);
    moments["exp_avg." + state_->names[i]] = known ? known->exp_avg() : at::zeros_like(leaf);
    moments["exp_avg_sq." + state_->names[i]] = known ? known->exp_avg_sq() : at::zeros_like(leaf);
  }
  return moments;
}

void Optimizer::set_moments(const nn::NamedTensors& moments, std::uint64_t steps) {
  for (std::size_t i = 0; i < state_->leaves.size(); ++i) {
    auto known = std::make_unique<Moments>();
    known->step(static_cast<std::int64_t>(steps));
    known->exp_avg(moments.at("exp_avg." + state_->names[i]).clone());
    known->exp_avg_sq(moments.at("exp_avg_sq." + state_->names[i]).clone());
    state_->adamw.state()[state_->leaves[i].unsafeGetTensorImpl()] = std::move(known);
  }
}

}  // namespace latentrt::train
