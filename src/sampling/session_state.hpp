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

/// Belongs to one thread at a time. When items move, everything that belongs to them moves too:
/// state, prompts, rows of slots, and ranks that keep values from earlier calls.
struct SessionState {
  explicit SessionState(std::shared_ptr<const Plan> the_plan)
      : plan(std::move(the_plan)),
        guidance(plan->guidance),
        slots(plan->slots),
        local(plan->denoiser) {}

  std::shared_ptr<const Plan> plan;
  State state;                       ///< state of the plan's process: a row for each item
  std::vector<std::size_t> steps;    ///< step of each item in the last call
  std::vector<ItemPrompt> prompts;   ///< of each item
  GuidancePolicy guidance;           ///< the plan's guidance, unless it was changed since
  NoisePtr noise;                    ///< the only source of randomness
  std::vector<VariantId> decisions;  ///< the variant of each call of a run

  RowTable rows;               ///< of the last call
  std::size_t calls = 0;       ///< number of calls so far
  std::size_t calls_rows = 0;  ///< number of rows of all of them
  RowInputs inputs;            ///< inputs of those rows that do not depend on the state
  SlotTable slots;             ///< of those rows
  Stamp stamp;
  comm::Communicator* ranks = nullptr;  ///< ranks that this run is shared with; null: none
  /// one per item if they keep values from earlier calls; else one
  std::vector<std::shared_ptr<Space>> spaces;
  std::optional<RecordedSteps> recorded;  ///< kept between runs, like the launch
  std::unique_ptr<Launch> launch;
  std::unique_ptr<TokenCache> token_cache;  ///< of the run
  LocalCaller local;

  /// For a Gaussian process: [items,...] fp32.
  at::Tensor& sample() { return state["sample"]; }
  std::int64_t items() const { return state.begin()->second.size(0); }

  /// Prepares for a new run and discards the state of earlier ones. One seed for all pictures, or
  /// one each.
  void begin(const std::vector<std::uint64_t>& seeds);
  /// Item i becomes the former item from[i]. New items get the rows of `entering`, in order, and
  /// this prompt.
  void move_items(const Rows& from, const State& entering, const PromptPtr& prompt);
  /// Only these items stay, in their order, with their noise.
  void keep_items(const Rows& items);
  /// Determines the rows of the next call, after items were moved: the only place where rows of
  /// slots move.
  void move_rows(const RowTable& next, const Rows& from);
};

}  // namespace latentrt::sampling
