#pragma once
/// The Gaussian process: samples of any rank that lose their noise step by step, along a Trajectory.

#include "sampling/plan.hpp"
#include "sampling/process.hpp"
#include "schedule/trajectory.hpp"

namespace latentrt::sampling {

/// The state is "sample" [items,...] fp32 and the solver's history, newest first.
class Gaussian final : public Process {
 public:
  explicit Gaussian(schedule::Trajectory path) : trajectory(std::move(path)) {}

  std::size_t calls() const override { return trajectory.steps.size(); }
  double timestep(std::size_t call) const override { return step(call).timestep; }
  double clock(std::size_t call) const override { return schedule::log_snr(step(call)); }
  void step_inputs(std::size_t call, std::int64_t rows, const nn::Network& network,
                   nn::NamedTensors& inputs) const override;
  void state_inputs(const State& state, const Call& call, const nn::Network& network,
                    nn::NamedTensors& inputs) const override;
  void advance(State& state, const Call& call, const nn::NamedTensors& outputs,
               NoiseSource& noise) const override;
  at::Tensor estimate(const State& before, const Call& call,
                      const nn::NamedTensors& outputs) const override;
  std::string describe() const override;

  const schedule::Step& step(std::size_t call) const { return trajectory.steps[call]; }
  /// Undefined where the step draws none.
  at::Tensor draw(const State& state, std::size_t call, NoiseSource& noise) const;

  const schedule::Trajectory trajectory;
};

/// The plan's process. Throws Error(internal) where it is another one.
const Gaussian& gaussian_of(const Plan& plan);

/// What the network reads of samples that are scaled for it: once per row of the guidance policy.
at::Tensor network_input(const nn::Network& network, const GuidancePolicy& guidance,
                         const at::Tensor& scaled);

/// Throws Error(non_finite) where a sample is not finite. Waits for the device.
void check_finite(const at::Tensor& sample);

}  // namespace latentrt::sampling
