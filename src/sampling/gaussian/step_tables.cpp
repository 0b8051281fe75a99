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
at::Tensor entries_of(const Plan& plan, at::Device device) {
  std::vector<kernels::StepEntry<Real>> entries;
  kernels::StepRing ring;
  for (const schedule::Step& step : gaussian_of(plan).trajectory.steps) {
    kernels::StepEntry<Real>& entry = entries.emplace_back();
    entry.coefficients =
        kernels::converted<Real>(coefficients_of(step, plan.guidance.at(entries.size() - 1)));
    ring.place(entry, step.drops, step.pushes);
  }
  const auto bytes = static_cast<std::int64_t>(entries.size() * sizeof entries[0]);
  return at::from_blob(entries.data(), {bytes}, at::TensorOptions(at::kByte)).clone().to(device);
}

at::Tensor numbers(const std::vector<schedule::Step>& steps, double schedule::Step::*member,
                   at::Device device) {
  std::vector<double> values;
  for (const schedule::Step& step : steps) values.push_back(step.*member);
  return at::tensor(values, at::TensorOptions(at::kFloat)).to(device);
}

}  // namespace

StepTables::StepTables(const Plan& plan) {
  const at::Device device = plan.denoiser.device();
  const std::vector<schedule::Step>& all = gaussian_of(plan).trajectory.steps;
  indices =
      at::arange(static_cast<std::int64_t>(all.size()), at::TensorOptions(at::kLong)).to(device);
  timesteps = numbers(all, &schedule::Step::timestep, device);
  const auto any = [&](const auto& holds) { return std::any_of(all.begin(), all.end(), holds); };
  if (any([](const schedule::Step& step) { return step.input_scale != 1; }))
    input_scales = numbers(all, &schedule::Step::input_scale, device);
  entries = device.is_cpu() ? entries_of<double>(plan, device) : entries_of<float>(plan, device);
  rescales = plan.guidance.rescale != 0;
  draws = any([](const schedule::Step& step) { return step.draws_noise; });
  pushes = any([](const schedule::Step& step) { return step.pushes; });
}

}  // namespace latentrt::sampling
