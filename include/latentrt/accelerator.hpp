#pragma once
/// The plug for accelerators: what one sees of a run before it begins, and what it may change. examples/custom_accelerator
/// is one that stands outside the library.

#include <cstddef>
#include <functional>
#include <latentrt/api.hpp>
#include <latentrt/spec.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace latentrt {

/// What varies in the computation, in the order in which accelerators are applied. A plan takes one accelerator an axis.
enum class Axis {
  guidance,  ///< which conditional and unconditional rows exist, and how they combine
  batch,     ///< which pairs of picture and step share one network call
  depth,     ///< which part of the network a call runs
  space,     ///< which pixels this rank holds
  launch,    ///< how a call reaches the hardware
};

constexpr std::string_view name_of(Axis axis) {
  constexpr std::string_view kNames[] = {"guidance", "batch", "depth", "space", "launch"};
  return kNames[static_cast<int>(axis)];
}

using SlotId = std::size_t;
using VariantId = std::size_t;

/// A tensor that outlives a network call. It belongs to one run: a new run, other rows, another size or other weights
/// empty it.
struct SlotSpec {
  std::string name;
  std::string owner;  ///< the accelerator, for explain()
  /// 0: reads give what was last written. n: the n-th order forecast from the last n+1 writes (Liu et al. 2025), on the
  /// clock of log signal-to-noise; a lower order while there are fewer.
  int order = 0;
};

/// A value of the network that is written to a slot, or comes from one.
struct SlotLink {
  std::string value;
  SlotId slot;
};

/// Where a UNet's way up joins what comes from below with what its way down left.
struct SkipConnection {
  std::string from_below;  ///< the value before the join
  std::string skip;        ///< what the way down computes anew on every call
};

/// Collects what accelerators contribute to a plan. It lives only as long as the call of contribute().
class LATENTRT_API PlanBuilder {
 public:
  /// Network calls of a run. Solvers of second order make more than one in a step.
  std::size_t call_count() const;
  /// The training timestep of a call. Throws Error(invalid_argument) where there is none, as log_snr() does.
  double timestep(std::size_t call) const;
  /// log(alpha_bar / (1 - alpha_bar)) there, growing towards the clean picture.
  double log_snr(std::size_t call) const;

  /// Where the network can be cut. Skip connections are counted from the outside in: the first is that of conv_in.
  std::vector<std::string> value_names() const;
  std::vector<SkipConnection> skip_connections() const;

  SlotId add_slot(SlotSpec slot);
  /// A part of the network. Values in `loads` come from their slots and what only they needed is left out; values in
  /// `stores` go to theirs. When a slot in `loads` is empty, `fallback` runs instead: 0 is the whole network. Throws
  /// Error(invalid_argument) that names a value that does not exist.
  VariantId add_variant(std::string name, std::vector<SlotLink> loads, std::vector<SlotLink> stores,
                        VariantId fallback = 0);
  /// Which variant each call runs; for accelerators of the depth axis. Throws Error(invalid_argument) for a variant that
  /// was not added.
  void assign(const std::function<VariantId(std::size_t call)>& variant_of_call);
  /// A sentence for Sampler::explain().
  void note(std::string sentence);

  /// The library's own side of it.
  struct State;
  explicit PlanBuilder(State& state) : state_(state) {}
  State& state() const noexcept { return state_; }

 private:
  State& state_;
};

/// A strategy on one axis. Immutable and shared between threads: whatever changes during a run lives in slots.
class LATENTRT_API Accelerator {
 public:
  virtual ~Accelerator();
  virtual std::string_view name() const = 0;
  virtual Axis axis() const = 0;
  /// Throws Error(invalid_argument) with the reason when it cannot work with this network, schedule or guidance.
  virtual void contribute(PlanBuilder& plan) const = 0;
};

using AcceleratorPtr = std::shared_ptr<const Accelerator>;

/// One of the library's own, by name ("deepcache:interval=3"), or one of yours.
using AcceleratorChoice = std::variant<Spec, AcceleratorPtr>;

}  // namespace latentrt
