#include "accel/deep_cache/drift.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>

#include "sampling/slots.hpp"

namespace latentrt::accel {
namespace {

/// State kept from call to call.
struct Drift {
  double skip = 0;  ///< sum of the skip's relative changes since the last refresh
  double age = 0;   ///< number of calls since then
  double span = 0;  ///< value of `skip` at that refresh
  /// the feature's relative change per relative change of the skip; 0 while unknown
  double ratio = 0;
};

/// The same values in each of the call's rows.
at::Tensor to_tensor(const Drift& drift, std::int64_t rows) {
  return at::tensor({drift.skip, drift.age, drift.span, drift.ratio}).repeat({rows, 1});
}

Drift from_tensor(const at::Tensor& values) {
  const auto* v = values.const_data_ptr<double>();  // values of the first row
  return {.skip = v[0], .age = v[1], .span = v[2], .ratio = v[3]};
}

void remember(const sampling::StepView& view, SlotId slot, const at::Tensor& value) {
  view.slots.write(slot, value, view.stamp, view.rows,
                   std::vector<double>(view.rows.size(), view.time));
}

double relative_change(const at::Tensor& now, const at::Tensor& before) {
  const at::Tensor old = before.to(at::kFloat).flatten(1);
  const at::Tensor change = (now.to(at::kFloat).flatten(1) - old).abs().mean(1);
  return (change / old.abs().mean(1)).max().item<double>();
}

/// If the last call was a refresh: measures how far the feature moved while the skip moved by
/// `span`.
void measure_ratio(const sampling::StepView& view, const DriftSlots& slots, Drift& drift) {
  if (drift.age != 0) return;
  const at::Tensor feature = view.slots.newest(slots.feature, view.stamp, view.rows);
  if (drift.span > 0 && view.slots.valid(slots.measured, view.stamp, view.rows)) {
    const at::Tensor before = view.slots.newest(slots.measured, view.stamp, view.rows);
    drift.ratio = relative_change(feature, before) / drift.span;
  }
  remember(view, slots.measured, feature);
}

/// The state before this call; nothing if no state is stored.
std::optional<Drift> drift_of(const sampling::StepView& view, const DriftSlots& slots) {
  for (const SlotId slot : {slots.feature, slots.skip, slots.drift})
    if (!view.slots.valid(slot, view.stamp, view.rows)) return std::nullopt;
  Drift drift = from_tensor(view.slots.newest(slots.drift, view.stamp, view.rows));
  measure_ratio(view, slots, drift);
  drift.skip += relative_change(view.probe, view.slots.newest(slots.skip, view.stamp, view.rows));
  drift.age += 1;
  return drift;
}

bool must_refresh(const DriftLimits& limits, const Drift& drift, std::size_t call) {
  const std::size_t calls = limits.weights.size();
  if (call < static_cast<std::size_t>(limits.warm_up)) return true;
  if (call + static_cast<std::size_t>(limits.tail) >= calls) return true;
  if (drift.ratio == 0 || drift.age > limits.max_age) return true;
  return !(drift.ratio * drift.skip * limits.weights[call] < limits.threshold);
}

}  // namespace

sampling::ChooseVariant choose_by_drift(DriftLimits limits, DriftSlots slots, VariantId full,
                                        VariantId shallow) {
  return [=](const sampling::StepView& view) {
    const std::optional<Drift> drift = drift_of(view, slots);
    const bool refresh = !drift || must_refresh(limits, *drift, view.step);
    Drift kept = drift.value_or(Drift{});
    if (refresh) kept = {.skip = 0, .age = 0, .span = kept.skip, .ratio = kept.ratio};
    remember(view, slots.skip, view.probe);
    remember(view, slots.drift, to_tensor(kept, view.probe.size(0)));
    return refresh ? full : shallow;
  };
}

}  // namespace latentrt::accel
