#pragma once
/// All mutable state of a run or of a stream, in one place.

#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <vector>

#include "sampling/gaussian/recorded_steps.hpp"
#include "sampling/noise.hpp"
#include "sampling/process.hpp"
#include "sampling/prompts.hpp"
#include "sampling/slots.hpp"

namespace latentrt::sampling {

/// Belongs to one thread at a time. Items move with all that is theirs: state, prompts, rows of
/// slots, and ranks with a past.
struct SessionState {
  explicit SessionState(std::shared_ptr<const Plan> the_plan)
      : plan(std::move(the_plan)),
        guidance(plan->guidance),
        slots(plan->slots),
        local(plan->denoiser) {}

  std::shared_ptr<const Plan> plan;
  State state;                       ///< of the plan's process: a row for each item
  std::vector<std::size_t> steps;    ///< of each item on the last call
  std::vector<ItemPrompt> prompts;   ///< of each item
  GuidancePolicy guidance;           ///< the plan's, unless it was changed since
  NoisePtr noise;                    ///< the only source of randomness
  std::vector<VariantId> decisions;  ///< the variant of each call of a run

  RowTable rows;          ///< of the last call
  std::size_t calls = 0;  ///< made so far
  RowInputs inputs;       ///< of those rows, apart from the state's
  SlotTable slots;        ///< of those rows
  Stamp stamp;
  comm::Communicator* ranks = nullptr;         ///< that this run is one of; null: none
  std::vector<std::shared_ptr<Space>> spaces;  ///< of each item where they have a past; else one
  std::optional<RecordedSteps> recorded;       ///< kept from run to run, like the launch
  std::unique_ptr<Launch> launch;
  LocalCaller local;

  /// Of a Gaussian process: [items,...] fp32.
  at::Tensor& sample() { return state["sample"]; }
  std::int64_t items() const { return state.begin()->second.size(0); }

  /// Makes everything ready for a new run: nothing of an earlier one stays. One seed for all
  /// pictures, or one each.
  void begin(const std::vector<std::uint64_t>& seeds);
  /// Item i becomes what item from[i] was. Those that enter have the rows of `entering`, in their
  /// order, and this prompt.
  void move_items(const Rows& from, const State& entering, const PromptPtr& prompt);
  /// The rows of the next call, after a move of items: the only place where rows of slots move.
  void move_rows(const RowTable& next, const Rows& from);
};

}  // namespace latentrt::sampling
