#pragma once
/// What runs backwards from its terminal noise to a sample: a picture, a vector, a text. The core knows no more of it than this.

#include <cstddef>
#include <string>

#include "nn/run/network.hpp"
#include "sampling/guidance_policy.hpp"
#include "sampling/noise.hpp"

namespace latentrt::sampling {

/// What is sampled, and whatever else a call leaves for the next one: tensors by name, of any rank and type, with a row for each
/// item.
using State = nn::NamedTensors;

/// One call of the network in a run: its number from 0 on, and the guidance that holds on it.
struct Call {
  std::size_t index;
  GuidancePolicy guidance;
};

/// Immutable and shared between threads: what changes is the State.
class Process {
 public:
  virtual ~Process() = default;

  /// How many calls a run makes at most.
  virtual std::size_t calls() const = 0;
  /// Whether a run has ended before call `next`.
  virtual bool done(const State&, std::size_t next) const { return next >= calls(); }
  /// The training timestep of a call; 0 for networks that read none.
  virtual double timestep(std::size_t call) const = 0;
  /// Where a call is on the clock on which slots forecast: the logarithm of the signal-to-noise ratio.
  virtual double clock(std::size_t call) const = 0;

  /// Adds the inputs that follow from the schedule only, for so many rows.
  virtual void step_inputs(std::size_t call, std::int64_t rows, const nn::Network& network,
                           nn::NamedTensors& inputs) const = 0;
  /// Adds the inputs that follow from the state. With guidance the unconditional rows of all items come first.
  virtual void state_inputs(const State& state, const Call& call, const nn::Network& network,
                            nn::NamedTensors& inputs) const = 0;
  /// From the network's outputs for those rows to the next state.
  virtual void advance(State& state, const Call& call, const nn::NamedTensors& outputs,
                       NoiseSource& noise) const = 0;
  /// What the state before a call and the call's outputs say of the finished sample.
  virtual at::Tensor estimate(const State& before, const Call& call,
                              const nn::NamedTensors& outputs) const = 0;

  /// A line for explain().
  virtual std::string describe() const = 0;
};

}  // namespace latentrt::sampling
