#pragma once
/// What one kind of run will do, decided before any of it happens. Free of shapes; immutable;
/// shared.

#include <ATen/core/Tensor.h>

#include <functional>
#include <latentrt/accelerator.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nn/program/input.hpp"
#include "nn/run/network.hpp"
#include "sampling/batch.hpp"
#include "sampling/caller.hpp"
#include "sampling/guidance.hpp"
#include "sampling/process.hpp"
#include "sampling/rows.hpp"
#include "schedule/trajectory.hpp"

namespace latentrt::sampling {

/// A cut of the denoiser: how often it runs, and the slots that it reads and writes.
struct Part {
  std::string name;
  nn::Program program;
  nn::Changes changes = nn::Changes::per_call;  ///< it runs again when these inputs change
  std::vector<SlotLink> loads{}, stores{};
  VariantId fallback = 0;  ///< the variant that runs instead when a slot in `loads` is not valid
};

/// Rows of a call that run the same variant.
struct Group {
  VariantId variant;
  Rows rows;
  auto operator<=>(const Group&) const = default;
};
using Groups = std::vector<Group>;

class SlotTable;
struct Stamp;

/// What a choice at run time may look at: rows that are at the same step. What it must remember
/// lives in slots.
struct StepView {
  std::size_t step;
  double time;              ///< log signal-to-noise
  const at::Tensor& probe;  ///< the value that the probe computed on this step, for these rows
  SlotTable& slots;
  const Stamp& stamp;
  const Rows& rows;
};
using ChooseVariant = std::function<VariantId(const StepView&)>;

/// Chooses the variant of each call in place of Plan::step_variants, by a value that a prologue
/// computed on this call.
struct Choice {
  std::string value;
  ChooseVariant choose;
};

class Plan {
 public:
  nn::Network denoiser;
  std::shared_ptr<const Process> process;
  GuidancePolicy guidance;
  std::shared_ptr<const GuidanceRule> guidance_rule;
  std::shared_ptr<const Batch> batch;  ///< null: all items are at the same step
  /// What runs before any variant: once per prompt, once per step, on every call.
  std::vector<Part> prologues;
  /// Of these, each call runs one; [0] is the full network without its prologues.
  std::vector<Part> variants;
  std::vector<VariantId>
      step_variants;  ///< one per step; a guess for reports where there is a choice
  std::optional<Choice> choice;
  /// What a Space returns follows from its earlier calls too: rows of several runs or frames cannot
  /// share a call.
  bool space_has_past = false;
  MakeSpace make_space;    ///< null: all pixels in one place
  MakeLaunch make_launch;  ///< null: node by node
  /// With make_launch: a whole step reaches the device as one work, not the network only.
  bool records_steps = false;
  std::vector<SlotSpec> slots;
  std::vector<std::string> notes;  ///< sentences for explain(): choices, fallbacks, refusals

  /// Runs the prologues of that kind in their order, and adds their outputs to the values.
  void run_prologues(nn::Changes changes, nn::NamedTensors& values) const;
  /// Nodes of those prologues.
  std::size_t prologue_nodes(nn::Changes changes) const;

  /// Whether a call has other rows than the one before it, since guidance begins or ends there.
  bool rows_change_at(std::size_t call) const;
  /// Whether those that stay may keep what slots hold. Ranks cannot: each may have a part of the
  /// rows.
  bool rows_only_leave_at(std::size_t call) const;

  /// In words: variants, steps, slots, notes.
  std::string explain() const;
};

/// Checks that no two accelerators own the same axis (Error(invalid_argument) names both) and lets
/// each contribute.
std::shared_ptr<const Plan> make_plan(nn::Network denoiser, std::shared_ptr<const Process> process,
                                      GuidancePolicy guidance,
                                      std::vector<AcceleratorPtr> accelerators);
/// For a Gaussian process on that trajectory.
std::shared_ptr<const Plan> make_plan(nn::Network denoiser, schedule::Trajectory trajectory,
                                      GuidancePolicy guidance,
                                      std::vector<AcceleratorPtr> accelerators);

}  // namespace latentrt::sampling
