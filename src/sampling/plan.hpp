#pragma once
/// What one kind of run will do, decided before any of it happens. Free of shapes; immutable; shared.

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <optional>
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
  int order =
      0;  ///< 0: reads give what was last written; n: the n-th order forecast from n+1 writes
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

class SlotTable;
struct Stamp;

/// What a choice at run time may look at. What it must remember lives in slots.
struct StepView {
  std::size_t step;
  double time;              ///< log signal-to-noise
  const at::Tensor& probe;  ///< the value that the probe computed on this step
  SlotTable& slots;
  const Stamp& stamp;
};
using ChooseVariant = std::function<VariantId(const StepView&)>;

/// A first part of the network, run on every step before its variant is chosen. The variants go on from its values.
struct Probe {
  std::string value;    ///< what the choice looks at
  nn::Program program;  ///< gives that and everything else of the part that the rest reads
  ChooseVariant choose;
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
  std::optional<Probe>
      probe;  ///< chooses in place of step_variants, which is then a guess for reports
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
  std::size_t variant_count() const { return plan_.variants.size(); }
  std::size_t step_count() const { return plan_.trajectory.steps.size(); }
  const schedule::Trajectory& trajectory() const { return plan_.trajectory; }
  const GuidancePolicy& guidance() const { return plan_.guidance; }

  SlotId add_slot(SlotSpec slot);
  /// Values named in loads become inputs, those in stores become outputs beside "out".
  VariantId add_variant(std::string name, std::vector<SlotLink> loads, std::vector<SlotLink> stores,
                        VariantId fallback = 0);
  /// Cuts off the part of the body that computes `value`; variants added from now on begin behind it, and `choose` says
  /// on each step which of them runs.
  void add_probe(const std::string& value, ChooseVariant choose);
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
