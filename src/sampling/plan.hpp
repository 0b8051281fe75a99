#pragma once
/// The plan of one kind of run, decided before the run begins. Independent of shapes; immutable;
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
#include "sampling/token_cache.hpp"
#include "schedule/trajectory.hpp"

namespace latentrt::sampling {

/// A cut of the denoiser: how often it runs, and the slots that it reads and writes.
struct Part {
  std::string name;
  nn::Program program;
  nn::Changes changes = nn::Changes::per_call;  ///< it runs again when one of these inputs changes
  std::vector<SlotLink> loads{}, stores{};
  VariantId fallback = 0;  ///< the variant that runs instead if a slot in `loads` is not valid
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

/// The data that a choice at run time depends on: rows at the same step. State of the choice itself
/// is in slots.
struct StepView {
  std::size_t step;
  double time;              ///< log signal-to-noise
  const at::Tensor& probe;  ///< the value that the probe computed in this step, for these rows
  SlotTable& slots;
  const Stamp& stamp;
  const Rows& rows;
};
using ChooseVariant = std::function<VariantId(const StepView&)>;

/// Chooses the variant of each call instead of Plan::step_variants, by a value that a prologue
/// computed in this call.
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
  /// Parts that run before any variant: once per prompt, once per step, or on every call.
  std::vector<Part> prologues;
  /// Each call runs one of these; [0] is the full network without its prologues.
  std::vector<Part> variants;
  /// one per step; an estimate for reports if a choice is made at run time
  std::vector<VariantId> step_variants;
  std::optional<Choice> choice;
  /// Whether the results of a Space depend on its earlier calls too: rows of several runs or frames
  /// then cannot share a call.
  bool space_has_past = false;
  MakeTokenCache make_token_cache;  ///< null: every call computes all tokens
  MakeSpace make_space;             ///< null: all pixels in one place
  MakeLaunch make_launch;           ///< null: node by node
  /// With make_launch: a whole step is launched as one work, not only the network.
  bool records_steps = false;
  std::vector<SlotSpec> slots;
  std::vector<std::string> notes;  ///< sentences for explain(): choices, fallbacks, refusals

  /// Runs the prologues of that kind in order, and adds their outputs to the values.
  void run_prologues(nn::Changes changes, nn::NamedTensors& values) const;
  /// Number of nodes of those prologues.
  std::size_t prologue_nodes(nn::Changes changes) const;

  /// Whether a call has other rows than the one before it, because guidance begins or ends there.
  bool rows_change_at(std::size_t call) const;
  /// Whether the remaining rows may keep the values in slots. Ranks cannot: each may have a part of
  /// the rows.
  bool rows_only_leave_at(std::size_t call) const;

  /// In words: variants, steps, slots, notes.
  std::string explain() const;
};

/// Checks that no two accelerators own the same axis (Error(invalid_argument) names both) and lets
/// each one contribute.
std::shared_ptr<const Plan> make_plan(nn::Network denoiser, std::shared_ptr<const Process> process,
                                      GuidancePolicy guidance,
                                      std::vector<AcceleratorPtr> accelerators);
/// For a Gaussian process on that trajectory.
std::shared_ptr<const Plan> make_plan(nn::Network denoiser, schedule::Trajectory trajectory,
                                      GuidancePolicy guidance,
                                      std::vector<AcceleratorPtr> accelerators);

}  // namespace latentrt::sampling
