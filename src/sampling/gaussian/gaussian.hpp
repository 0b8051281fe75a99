#pragma once
/// The Gaussian process: samples of any rank that are denoised step by step, along a Trajectory.

#include "sampling/plan.hpp"
#include "sampling/process.hpp"
#include "schedule/trajectory.hpp"

namespace latentrt::sampling {

/// The state is "sample" [items,...] fp32, the solver's history, newest first, and optionally a
/// blend that is applied after each step (blend.hpp).
class Gaussian final : public Process {
 public:
  explicit Gaussian(schedule::Trajectory path) : trajectory(std::move(path)) {}

  std::size_t calls() const override { return trajectory.steps.size(); }
  double timestep(std::size_t i) const override { return step(i).timestep; }
  double clock(std::size_t i) const override { return schedule::log_snr(step(i)); }
  void step_inputs(const Call& call, const nn::Network& network,
                   nn::NamedTensors& inputs) const override;
  void state_inputs(const State& state, const Call& call, const nn::Network& network,
                    nn::NamedTensors& inputs) const override;
  /// Items at different steps have no history: only single-step solvers support this.
  void advance(State& state, const Call& call, const Outputs& outputs,
               NoiseSource& noise) const override;
  at::Tensor estimate(const State& before, const Call& call, const Outputs& outputs) const override;
  std::string describe() const override;

  const schedule::Step& step(std::size_t i) const { return trajectory.steps[i]; }
  /// Noise for the next state; undefined if no item's step draws any.
  at::Tensor draw(const State& state, const Call& call, NoiseSource& noise) const;
  /// Whether any step stores values for later ones.
  bool has_history() const;

  const schedule::Trajectory trajectory;

 private:
  /// Applies the blend to the results of the call's steps, at the level of the next steps.
  at::Tensor blended_at(const State& state, const Call& call, const at::Tensor& sample) const;
};

/// The plan's process. Throws Error(internal) if it is of another kind.
const Gaussian& gaussian_of(const Plan& plan);

/// Throws Error(non_finite) if a sample is not finite. Waits for the device.
void check_finite(const at::Tensor& sample);

}  // namespace latentrt::sampling
