#pragma once
/// All mutable state of a run, in one place.

#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>

#include "nn/run/executor.hpp"
#include "sampling/gaussian/recorded_steps.hpp"
#include "sampling/noise.hpp"
#include "sampling/process.hpp"
#include "sampling/slots.hpp"

namespace latentrt::sampling {

struct SessionState {
  explicit SessionState(std::shared_ptr<const Plan> the_plan)
      : plan(std::move(the_plan)), slots(plan->slots) {}

  std::shared_ptr<const Plan> plan;
  State state;        ///< of the plan's process, begun by who runs it
  NoiseSource noise;  ///< the run's only source of randomness
  SlotTable slots;
  comm::Communicator* ranks = nullptr;    ///< that this run is one of; null: alone
  std::unique_ptr<Space> space;           ///< of this run, from its first call of the network on
  std::optional<RecordedSteps> recorded;  ///< where the plan records steps, from the first on
  std::unique_ptr<Launch> launch;         ///< from the first call of all runs on
  Stamp stamp;
  std::vector<VariantId> decisions;  ///< which variant each step of the run took

  /// Of a Gaussian process: [items,...] fp32.
  at::Tensor& sample() { return state["sample"]; }
  std::int64_t items() const { return state.begin()->second.size(0); }

  /// Before a call with other rows than the last one: row i is what row from[i] of that was. The only place where rows move.
  void gather(const Rows& from) { slots.gather(from); }

  /// Readies everything for a new run: nothing of an earlier one survives. One seed for all pictures, or one each.
  void begin(const std::vector<std::uint64_t>& seeds);
};

}  // namespace latentrt::sampling
