#pragma once
/// The interface of accelerators: what they can read about a run before it begins, and what they
/// may change. examples/custom_accelerator implements one outside the library.

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

/// The dimension of the computation that an accelerator changes. They are applied in this order; a
/// plan takes at most one accelerator per axis.
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

/// A tensor that is kept from one network call to a later one. It belongs to one run and is cleared
/// when a new run starts or when the batch rows, the size or the weights change.
struct SlotSpec {
  std::string name;
  std::string owner;  ///< name of the accelerator, for explain()
  /// 0: a read returns the last value written. n: a read returns the forecast of order n from the
  /// last n+1 writes (Liu et al. 2025), on the clock of log signal-to-noise; the order is lower
  /// while fewer writes exist.
  int order = 0;
};

/// Connects a value of the network with the slot that it is written to or read from.
struct SlotLink {
  std::string value;
  SlotId slot;
};

/// The place in a UNet where the upsampling path joins the value from below with a saved value of
/// the downsampling path.
struct SkipConnection {
  std::string from_below;  ///< name of the value before the join
  std::string skip;        ///< name of the saved value, which every call recomputes
};

/// Collects what accelerators contribute to a plan. Valid only during the call of contribute().
class LATENTRT_API PlanBuilder {
 public:
  /// Number of network calls in a run. Second-order solvers make more than one per step.
  std::size_t call_count() const;
  /// Training timestep of a call. Throws Error(invalid_argument) if the call does not exist, as
  /// log_snr() does.
  double timestep(std::size_t call) const;
  /// log(alpha_bar / (1 - alpha_bar)) of a call; it grows towards the clean picture.
  double log_snr(std::size_t call) const;

  /// Names of the values at which the network can be cut. Skip connections are counted from the
  /// outside in: the first is that of conv_in.
  std::vector<std::string> value_names() const;
  std::vector<SkipConnection> skip_connections() const;

  SlotId add_slot(SlotSpec slot);
  /// Adds a variant that runs a part of the network. Values in `loads` are read from their slots,
  /// and nodes that only they needed are not computed; values in `stores` are written to theirs. If
  /// a slot in `loads` is empty, `fallback` runs instead (0 is the whole network). Throws
  /// Error(invalid_argument) that names a value if it does not exist.
  VariantId add_variant(std::string name, std::vector<SlotLink> loads, std::vector<SlotLink> stores,
                        VariantId fallback = 0);
  /// Sets which variant each call runs; for accelerators of the depth axis. Throws
  /// Error(invalid_argument) for a variant that was not added.
  void assign(const std::function<VariantId(std::size_t call)>& variant_of_call);
  /// Adds a sentence to Sampler::explain().
  void note(std::string sentence);

  /// Defined by the library.
  struct State;
  explicit PlanBuilder(State& state) : state_(state) {}
  State& state() const noexcept { return state_; }

 private:
  State& state_;
};

/// A strategy on one axis. Immutable and shared between threads: state that changes during a run is
/// in slots.
class LATENTRT_API Accelerator {
 public:
  virtual ~Accelerator();
  virtual std::string_view name() const = 0;
  virtual Axis axis() const = 0;
  /// Adds the accelerator to the plan. Throws Error(invalid_argument) with the reason if it does
  /// not work with this network, schedule or guidance.
  virtual void contribute(PlanBuilder& plan) const = 0;
};

using AcceleratorPtr = std::shared_ptr<const Accelerator>;

/// A built-in accelerator by name ("deepcache:interval=3"), or one of your own.
using AcceleratorChoice = std::variant<Spec, AcceleratorPtr>;

}  // namespace latentrt
