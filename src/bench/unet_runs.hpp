#pragma once
/// Evaluations of the denoiser on random rows, for benchmarks.

#include <memory>

#include "nn/run/network.hpp"
#include "pipeline/pipeline_state.hpp"
#include "sampling/plan.hpp"

namespace latentrt::pipeline {

/// Inputs of the decoder for pictures of that size. Throws Error(invalid_argument) for sizes that
/// the model cannot generate.
nn::NamedTensors random_decoder_inputs(const Pipeline::State& model, int width, int height,
                                       int rows);

/// Runs steps repeatedly on the same inputs.
class UnetRuns {
 public:
  UnetRuns(const Pipeline::State& model, int width, int height, int rows,
           std::shared_ptr<const sampling::Plan> plan);

  /// Runs the whole step by these operations.
  void run(const nn::OpSet& ops) const;
  /// Runs the step; this caller decides how the network is executed.
  void run(sampling::NetworkCaller& caller) const;

  const sampling::Plan& plan() const noexcept { return *plan_; }
  const nn::Program& network() const { return plan_->variants[0].program; }
  const nn::NamedTensors& inputs() const { return inputs_; }
  const at::Tensor& sample() const { return inputs_.at(plan_->denoiser.program->band_input()); }

 private:
  /// Inputs of the network.
  nn::NamedTensors step_inputs(const nn::OpSet& ops) const;

  const std::shared_ptr<const sampling::Plan> plan_;
  nn::NamedTensors inputs_;
};

}  // namespace latentrt::pipeline
