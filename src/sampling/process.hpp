#pragma once
/// What runs backwards from its terminal noise to a sample: a picture, a vector, a text. The core
/// knows no more of it than this.

#include <cstddef>
#include <string>

#include "nn/run/network.hpp"
#include "sampling/guidance.hpp"
#include "sampling/noise.hpp"

namespace latentrt::sampling {

/// Immutable and shared between threads. What changes is the State: the sample, and whatever else
/// one call leaves for the next one, as tensors of any rank and type with a row for each item.
class Process {
 public:
  virtual ~Process() = default;

  /// Steps of an item at most; each is one call of the network.
  virtual std::size_t calls() const = 0;
  /// Whether a run has ended before step `next`.
  virtual bool done(const State&, std::size_t next) const { return next >= calls(); }
  /// The training timestep of a step; 0 for networks that read none.
  virtual double timestep(std::size_t step) const = 0;
  /// Where a step is on the clock on which slots forecast: the logarithm of the signal-to-noise
  /// ratio.
  virtual double clock(std::size_t step) const = 0;

  /// Adds the inputs that follow from the steps of the call's rows only.
  virtual void step_inputs(const Call& call, const nn::Network& network,
                           nn::NamedTensors& inputs) const = 0;
  /// Adds the inputs that follow from the state, for the call's rows.
  virtual void state_inputs(const State& state, const Call& call, const nn::Network& network,
                            nn::NamedTensors& inputs) const = 0;
  /// From the network's outputs to the next state.
  virtual void advance(State& state, const Call& call, const Outputs& outputs,
                       NoiseSource& noise) const = 0;
  /// What the state before a call and the call's outputs say of the finished sample.
  virtual at::Tensor estimate(const State& before, const Call& call,
                              const Outputs& outputs) const = 0;

  /// A line for explain().
  virtual std::string describe() const = 0;
};

}  // namespace latentrt::sampling
