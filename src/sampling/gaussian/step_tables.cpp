#include "sampling/gaussian/step_tables.hpp"

#include <ATen/ops/arange.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/tensor.h>

#include <algorithm>

#include "kernels/common/step_ring.h"
#include "kernels/guided_step/guided_step_math.h"
#include "sampling/gaussian/gaussian.hpp"
#include "sampling/gaussian/update.hpp"

namespace latentrt::sampling {
namespace {

template <class Real>
at::Tensor entries_of(const Gaussian& process, const GuidancePolicy& guidance,
                      const StepLayout& layout, at::Device device) {
  std::vector<kernels::StepEntry<Real>> entries;
  kernels::StepRing ring;
  for (const std::vector<std::size_t>& call : layout) {
    for (const std::size_t i : call) {
      const schedule::Step& step = process.step(i);
      kernels::StepEntry<Real>& entry = entries.emplace_back();
      entry.coefficients = kernels::converted<Real>(coefficients_of(step, guidance.at(i)));
      if (process.has_history()) ring.place(entry, step.drops, step.pushes);
    }
  }
  const auto bytes = static_cast<std::int64_t>(entries.size() * sizeof entries[0]);
  return at::from_blob(entries.data(), {bytes}, at::TensorOptions(at::kByte)).clone().to(device);
}

/// `of_step(i)` for each step.
template <class OfStep>
at::Tensor values_of(const StepLayout& layout, at::Device device, const OfStep& of_step) {
  std::vector<double> values;
  for (const std::vector<std::size_t>& call : layout)
    for (const std::size_t i : call) values.push_back(of_step(i));
  return at::tensor(values, at::TensorOptions(at::kFloat))
      .view({static_cast<std::int64_t>(layout.size()), -1})
      .to(device);
}

}  // namespace

StepLayout one_step_a_call(const Plan& plan) {
  StepLayout layout;
  for (std::size_t i = 0; i < plan.process->calls(); ++i) layout.push_back({i});
  return layout;
}

StepTables::StepTables(const Plan& plan, const GuidancePolicy& guidance, const StepLayout& layout)
    : entry_rows(std::ssize(layout.front())) {
  const at::Device device = plan.denoiser.device();
  const Gaussian& process = gaussian_of(plan);
  const auto& all = process.trajectory.steps;
  indices =
      at::arange(static_cast<std::int64_t>(layout.size()), at::TensorOptions(at::kLong)).to(device);
  const auto level_after = [&](std::size_t i) {
    return schedule::level_at(process.trajectory, i + 1);
  };
  timesteps = values_of(layout, device, [&](std::size_t i) { return all[i].timestep; });
  if (std::ranges::any_of(all, [](const auto& step) { return step.input_scale != 1; }))
    input_scales = values_of(layout, device, [&](std::size_t i) { return all[i].input_scale; });
  image_weights = values_of(layout, device, [&](std::size_t i) { return level_after(i).image; });
  noise_weights = values_of(layout, device, [&](std::size_t i) { return level_after(i).noise; });
  ignore_blend =
      values_of(layout, device, [&](std::size_t i) { return all[i].ignores_blend ? 1.0 : 0.0; });
  unblended_weights =
      values_of(layout, device, [&](std::size_t i) { return all[i].unblended_weight; });
  entries = device.is_cpu() ? entries_of<double>(process, guidance, layout, device)
                            : entries_of<float>(process, guidance, layout, device);
  rescales = guidance.rescale != 0;
  draws = std::ranges::any_of(all, &schedule::Step::draws_noise);
  pushes = process.has_history();
}

}  // namespace latentrt::sampling
