#pragma once
/// AdamW over the leaf tensors of a network.

#include <latentrt/train.hpp>
#include <memory>

#include "nn/run/executor.hpp"
#include "nn/weights/parameters.hpp"

namespace latentrt::train {

/// Belongs to one thread.
class Optimizer {
 public:
  /// Throws Error(invalid_argument) for options out of range.
  Optimizer(nn::Parameters& parameters, const OptimizerOptions& options);
  ~Optimizer();
  Optimizer(Optimizer&&) noexcept;

  /// Forgets the gradients.
  void zero_grad();
  /// Changes the parameters by their gradients and returns the norm of those, before they are
  /// scaled down. Throws Error(non_finite) where it is not a number; then nothing changes.
  double step(double learning_rate);

  /// The moments of each parameter, under "exp_avg." and "exp_avg_sq." and its name; zeros before
  /// the first step.
  nn::NamedTensors moments() const;
  /// After `steps` steps. Tensors are copied.
  void set_moments(const nn::NamedTensors& moments, std::uint64_t steps);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace latentrt::train
