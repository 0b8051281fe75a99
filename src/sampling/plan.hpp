#pragma once
/// What one kind of run will do, decided before any of it happens. Free of shapes; immutable; shared.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/denoiser.hpp"
#include "nn/passes/hoist.hpp"
#include "sampling/accelerator.hpp"
#include "schedule/trajectory.hpp"

namespace latentrt::sampling {

using SlotId = std::size_t;
using VariantId = std::size_t;

/// A tensor that outlives a step, held by the Session. Its rows follow the rows of the network call.
struct SlotSpec {
  std::string name;
  std::string owner;  ///< the accelerator, for explain()
};

/// A value of the Program that is written to, or comes from, a slot.
struct SlotLink {
  std::string value;
  SlotId slot;
};

/// One way to run the network: a cut of the denoiser's body, with the slots it reads and writes.
struct Variant {
  std::string name;
  nn::Program program;
  std::vector<SlotLink> loads, stores;
  VariantId fallback = 0;  ///< what runs instead when a slot in `loads` is not valid
};

/// Rows per picture are [unconditional, conditional] when guidance is on, else the conditional one alone.
struct GuidancePolicy {
  double scale = 1;
  double rescale = 0;
  bool active() const noexcept { return scale > 1; }
  std::int64_t rows_per_picture() const noexcept { return active() ? 2 : 1; }
};

class Plan {
 public:
  models::Denoiser denoiser;
  schedule::Trajectory trajectory;
  GuidancePolicy guidance;
  nn::Program prompt_prologue;           ///< once per prompt: text keys and values
  nn::Program time_prologue;             ///< once per step of a schedule: time shifts
  std::vector<Variant> variants;         ///< [0] is the full network
  std::vector<VariantId> step_variants;  ///< one per step
  std::vector<SlotSpec> slots;
  std::vector<std::string> notes;  ///< sentences for explain(): choices, fallbacks, refusals

  /// In words: variants, steps, slots, notes.
  std::string explain() const;
};

/// Collects the contributions of accelerators, in axis order.
class PlanBuilder {
 public:
  PlanBuilder(models::Denoiser denoiser, schedule::Trajectory trajectory, GuidancePolicy guidance);

  /// The whole network as it runs each step (hoisted values are inputs): what variants are cut from.
  const nn::Program& body() const { return plan_.variants[0].program; }
  std::size_t step_count() const { return plan_.trajectory.steps.size(); }
  const schedule::Trajectory& trajectory() const { return plan_.trajectory; }
  const GuidancePolicy& guidance() const { return plan_.guidance; }

  SlotId add_slot(SlotSpec slot);
  /// Values named in loads become inputs, those in stores become outputs beside "out".
  VariantId add_variant(std::string name, std::vector<SlotLink> loads, std::vector<SlotLink> stores,
                        VariantId fallback = 0);
  /// Which variant a step runs. Called once by the accelerator of the depth axis.
  void assign(const std::function<VariantId(std::size_t step)>& variant_of_step);
  void note(std::string sentence);

  std::shared_ptr<const Plan> build() &&;

 private:
  Plan plan_;
};

/// Checks that no two accelerators own the same axis (Error(invalid_argument) names both) and lets each contribute.
std::shared_ptr<const Plan> make_plan(models::Denoiser denoiser, schedule::Trajectory trajectory,
                                      GuidancePolicy guidance,
                                      std::vector<AcceleratorPtr> accelerators);

}  // namespace latentrt::sampling
