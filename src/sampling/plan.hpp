#pragma once
/// What one kind of run will do, decided before any of it happens. Free of shapes; immutable; shared.

#include <ATen/core/Tensor.h>

#include <functional>
#include <latentrt/accelerator.hpp>
#include <latentrt/exchanges.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nn/passes/hoist.hpp"
#include "nn/run/network.hpp"
#include "nn/run/work.hpp"
#include "sampling/process.hpp"
#include "sampling/rows.hpp"
#include "schedule/trajectory.hpp"

namespace latentrt::comm {
class Communicator;
}

namespace latentrt::sampling {

/// One way to run the network: a cut of the denoiser's body, with the slots it reads and writes.
struct Variant {
  std::string name;
  nn::Program program;
  std::vector<SlotLink> loads, stores;
  VariantId fallback = 0;  ///< what runs instead when a slot in `loads` is not valid
};

class SlotTable;
struct Stamp;

/// What a choice at run time may look at: rows that are at the same step. What it must remember lives in slots.
struct StepView {
  std::size_t step;
  double time;              ///< log signal-to-noise
  const at::Tensor& probe;  ///< the value that the probe computed on this step, for these rows
  SlotTable& slots;
  const Stamp& stamp;
  const Rows& rows;
};
using ChooseVariant = std::function<VariantId(const StepView&)>;

/// A first part of the network, run on every step before its variant is chosen. The variants go on from its values.
struct Probe {
  std::string value;    ///< what the choice looks at
  nn::Program program;  ///< gives that and everything else of the part that the rest reads
  ChooseVariant choose;
};

class Plan;

/// The space axis: how a call of the network is spread over the pixels. Belongs to one run, or to one frame's way through
/// a stream.
class Space {
 public:
  virtual ~Space() = default;
  /// Gives the numbers of nn::run(), or what stands for them.
  virtual nn::NamedTensors run(const nn::Program& program, const nn::NamedTensors& inputs) = 0;
  /// The main output of a decoder of latents [N,C,h,w] as one device computes it; undefined on ranks other than the first.
  virtual at::Tensor decode(const nn::Network& decoder, const at::Tensor& latents) = 0;
  /// What its ranks have told each other so far.
  virtual Exchanges exchanges() const = 0;
};
/// For samples of that many rows of latents, together with the other `ranks` (null: alone), which outlive the Space.
/// Throws Error(invalid_argument) where they cannot be spread.
using MakeSpace = std::function<std::unique_ptr<Space>(const Plan&, std::int64_t rows,
                                                       comm::Communicator* ranks)>;

/// The launch axis: how a call of the network reaches the device. Belongs to one run.
class Launch {
 public:
  virtual ~Launch() = default;
  /// Gives the numbers of nn::run(). Inputs are not changed by their owners afterwards.
  virtual nn::NamedTensors run(const nn::Program& program, const nn::NamedTensors& inputs) = 0;
  /// Gives the tensors of work->run().
  virtual nn::NamedTensors run(const nn::WorkPtr& work, const nn::NamedTensors& inputs) = 0;
};
using MakeLaunch = std::function<std::unique_ptr<Launch>(const Plan&)>;

class Plan {
 public:
  nn::Network denoiser;
  std::shared_ptr<const Process> process;
  GuidancePolicy guidance;
  nn::Program prompt_prologue;           ///< once per prompt: text keys and values
  nn::Program time_prologue;             ///< once per call: what the timestep shifts and scales by
  std::vector<Variant> variants;         ///< [0] is the full network
  std::vector<VariantId> step_variants;  ///< one per step
  std::optional<Probe>
      probe;               ///< chooses in place of step_variants, which is then a guess for reports
  bool is_stream = false;  ///< the steps are the stages of a stream, which share network calls
  /// What a Space gives follows from its earlier calls too: rows of several runs or frames cannot share a call.
  bool space_has_past = false;
  MakeSpace make_space;    ///< null: all pixels in one place
  MakeLaunch make_launch;  ///< null: node by node
  /// With make_launch: a whole step reaches the device as one work, not the network alone.
  bool records_steps = false;
  std::vector<SlotSpec> slots;
  std::vector<std::string> notes;  ///< sentences for explain(): choices, fallbacks, refusals

  /// Whether a call has other rows than the one before it, since guidance begins or ends there.
  bool rows_change_at(std::size_t call) const;
  /// Whether those that stay may keep what slots hold. Ranks cannot: each may have a part of the rows.
  bool rows_only_leave_at(std::size_t call) const;

  /// In words: variants, steps, slots, notes.
  std::string explain() const;
};

/// Checks that no two accelerators own the same axis (Error(invalid_argument) names both) and lets each contribute.
std::shared_ptr<const Plan> make_plan(nn::Network denoiser, std::shared_ptr<const Process> process,
                                      GuidancePolicy guidance,
                                      std::vector<AcceleratorPtr> accelerators);
/// For a Gaussian process on that trajectory.
std::shared_ptr<const Plan> make_plan(nn::Network denoiser, schedule::Trajectory trajectory,
                                      GuidancePolicy guidance,
                                      std::vector<AcceleratorPtr> accelerators);

}  // namespace latentrt::sampling
