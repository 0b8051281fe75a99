#include "accel/deep_cache/drift.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>

#include "sampling/slots.hpp"

namespace latentrt::accel {
namespace {

struct Drift {
  double amount = 0, age = 0;
};

double relative_change(const at::Tensor& now, const at::Tensor& before) {
  const at::Tensor old = before.to(at::kFloat).flatten(1);
  const at::Tensor change = (now.to(at::kFloat).flatten(1) - old).abs().mean(1);
  return (change / old.abs().mean(1)).max().item<double>();
}

/// How far the skip has moved since the refresh, with this call; nothing when nothing is remembered.
std::optional<Drift> drift_of(const sampling::StepView& view, DriftSlots slots) {
  if (!view.slots.valid(slots.skip, view.stamp) || !view.slots.valid(slots.drift, view.stamp))
    return std::nullopt;
  const at::Tensor kept = view.slots.read(slots.drift, view.stamp, view.time);
  const at::Tensor before = view.slots.read(slots.skip, view.stamp, view.time);
  return Drift{.amount = kept[0].item<double>() + relative_change(view.probe, before),
               .age = kept[1].item<double>() + 1};
}

}  // namespace

sampling::ChooseVariant choose_by_drift(DriftLimits limits, DriftSlots slots,
                                        sampling::VariantId full, sampling::VariantId shallow) {
  return [=](const sampling::StepView& view) {
    const std::optional<Drift> drift = drift_of(view, slots);
    const auto call = static_cast<int>(view.step);
    const bool guarded = call < limits.warm_up || call >= limits.calls - limits.tail;
    const bool refresh =
        guarded || !drift || !(drift->amount < limits.threshold) || drift->age > limits.max_age;
    const Drift kept = refresh ? Drift{} : *drift;
    view.slots.write(slots.skip, view.probe, view.stamp, view.time);
    view.slots.write(slots.drift, at::tensor({kept.amount, kept.age}), view.stamp, view.time);
    return refresh ? full : shallow;
  };
}

}  // namespace latentrt::accel
