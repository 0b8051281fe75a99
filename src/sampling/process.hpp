#pragma once
/// What is sampled: a picture, a vector, a text. A process runs from noise (or masks) to a sample.
/// The core depends only on this interface.

#include <cstddef>
#include <string>

#include "nn/run/network.hpp"
#include "sampling/guidance.hpp"
#include "sampling/noise.hpp"

namespace latentrt::sampling {

/// Immutable and shared between threads. The State changes: the sample, and other values that one
/// call stores for the next one, as tensors of any rank and type with a row for each item.
class Process {
 public:
  virtual ~Process() = default;

  /// Largest number of steps of an item; each is one call of the network.
  virtual std::size_t calls() const = 0;
  /// Whether a run has ended before step `next`.
  virtual bool done(const State&, std::size_t next) const { return next >= calls(); }
  /// Items that need a further call. The others may leave the batch before the run's end: nothing
  /// of their state changes any more.
  virtual Rows unfinished(const State& state) const {
    return row_range(0, state.begin()->second.size(0));
  }
  /// The training timestep of a step; 0 for networks that have no timestep.
  virtual double timestep(std::size_t step) const = 0;
  /// The time of a step for forecasts of slots: the logarithm of the signal-to-noise ratio.
  virtual double clock(std::size_t step) const = 0;

  /// Adds the inputs that depend only on the steps of the call's rows.
  virtual void step_inputs(const Call& call, const nn::Network& network,
                           nn::NamedTensors& inputs) const = 0;
  /// Adds the inputs that depend on the state, for the call's rows.
  virtual void state_inputs(const State& state, const Call& call, const nn::Network& network,
                            nn::NamedTensors& inputs) const = 0;
  /// Computes the next state from the network's outputs.
  virtual void advance(State& state, const Call& call, const Outputs& outputs,
                       NoiseSource& noise) const = 0;
  /// The estimate of the finished sample, from the state before a call and the call's outputs.
  virtual at::Tensor estimate(const State& before, const Call& call,
                              const Outputs& outputs) const = 0;

  /// A line for explain().
  virtual std::string describe() const = 0;
};

}  // namespace latentrt::sampling
