#pragma once
/// AdamW over the leaf tensors of a network.

#include <latentrt/train.hpp>
#include <memory>

#include "nn/run/executor.hpp"
#include "nn/weights/parameters.hpp"

namespace latentrt::train {

/// AdamW optimiser. Belongs to one thread.
class Optimizer {
 public:
  /// Throws Error(invalid_argument) for options out of range.
  Optimizer(nn::Parameters& parameters, const OptimizerOptions& options);
  ~Optimizer();
  Optimizer(Optimizer&&) noexcept;

  /// Clears the gradients.
  void zero_grad();
  /// Updates the parameters from their gradients and returns the gradient norm before clipping.
  /// Throws Error(non_finite) if the norm is not finite; nothing has changed then.
  double step(double learning_rate);

  /// Returns the moments of each parameter, named "exp_avg." or "exp_avg_sq." followed by the
  /// parameter's name; zeros before the first step.
  nn::NamedTensors moments() const;
  /// Restores the moments after `steps` steps. Copies the tensors.
  void set_moments(const nn::NamedTensors& moments, std::uint64_t steps);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace latentrt::train
