#include "sampling/gaussian/update.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty_like.h>

#include <algorithm>

#include "device/kernel_args.hpp"
#include "kernels/guided_step/guided_step_ref.h"
#include "kernels/guided_step/guided_step_table.h"
#include "sampling/gaussian/step_tables.hpp"
#include "sampling/gaussian/threshold.hpp"

namespace latentrt::sampling {
namespace {

static_assert(kernels::kMaxStepHistory == schedule::kMaxHistory);

/// The network's outputs, dense and of one element type.
struct Dense {
  Dense(const at::Tensor& conditional_output, const at::Tensor& unconditional_output)
      : conditional(conditional_output.contiguous()) {
    if (!unconditional_output.defined()) return;
    unconditional = unconditional_output.contiguous();
    if (unconditional.scalar_type() == conditional.scalar_type()) return;
    conditional = conditional.to(at::kFloat);
    unconditional = unconditional.to(at::kFloat);
  }
  at::Tensor conditional, unconditional;
};

/// The inputs and outputs of a step, without its coefficients and its history.
kernels::GuidedStepArgs buffers_of(const at::Tensor& sample, const Dense& outputs,
                                   const at::Tensor& noise, const at::Tensor& next) {
  const bool guided = outputs.unconditional.defined();
  kernels::GuidedStepArgs args;
  args.rows = sample.size(0);
  args.row_size = sample.numel() / args.rows;
  args.sample = sample.const_data_ptr<float>();
  args.conditional = outputs.conditional.const_data_ptr();
  args.unconditional = guided ? outputs.unconditional.const_data_ptr() : nullptr;
  args.output_dtype = device::dtype_of(outputs.conditional);
  args.noise = noise.defined() ? noise.const_data_ptr<float>() : nullptr;
  args.next = next.mutable_data_ptr<float>();
  return args;
}

void launch(const kernels::GuidedStepArgs& args, at::Device place) {
  if (place.is_cpu()) return kernels::guided_step_ref(args);
  kernels::guided_step(args, device::current_stream(place));
}

/// The part of a step that is linear even if the estimate of the clean sample is clamped.
schedule::Step without_estimate(schedule::Step step) {
  step.clip = {};
  step.x0_weight = step.push_x0 = 0;
  return step;
}

template <class Real>
kernels::StepTable<Real> table_of(const StepTables& tables, const at::Tensor& counter,
                                  const at::Tensor& ring) {
  return {.entries = static_cast<const kernels::StepEntry<Real>*>(tables.entries.const_data_ptr()),
          .steps = tables.steps(),
          .entry_rows = tables.entry_rows,
          .counter = counter.const_data_ptr<std::int64_t>(),
          .ring = ring.defined() ? ring.mutable_data_ptr<float>() : nullptr,
          .rescales = tables.rescales};
}

}  // namespace

kernels::StepCoefficients<double> coefficients_of(const schedule::Step& step,
                                                  const GuidancePolicy& guidance) {
  kernels::StepCoefficients<double> c;
  c.guidance_scale = guidance.scale;
  c.guidance_rescale = guidance.rescale;
  c.x0_from_sample = step.x0_from_sample;
  c.x0_from_output = step.x0_from_output;
  c.clip = step.clip.most;
  c.sample_weight = step.sample_weight;
  c.output_weight = step.output_weight;
  c.x0_weight = step.x0_weight;
  std::copy(step.history_weights.begin(), step.history_weights.end(), c.history_weights);
  c.noise_weight = step.noise_weight;
  c.push_sample = step.push_sample;
  c.push_output = step.push_output;
  c.push_x0 = step.push_x0;
  return c;
}

Updated update(const schedule::Step& step, const GuidancePolicy& guidance, const at::Tensor& sample,
               const at::Tensor& conditional, const at::Tensor& unconditional,
               const std::deque<at::Tensor>& history, const at::Tensor& noise) {
  if (step.clip.quantile > 0) {
    Updated updated = update(without_estimate(step), guidance, sample, conditional, unconditional,
                             history, noise);
    const at::Tensor x0 = clean_estimate(step, guidance, sample, conditional, unconditional);
    updated.sample += step.x0_weight * x0;
    if (updated.pushed.defined()) updated.pushed += step.push_x0 * x0;
    return updated;
  }
  const Dense outputs(conditional, unconditional);
  Updated updated{at::empty_like(sample), step.pushes ? at::empty_like(sample) : at::Tensor()};
  kernels::GuidedStepArgs args = buffers_of(sample, outputs, noise, updated.sample);
  args.coefficients = coefficients_of(step, guidance);
  for (std::size_t i = 0; i < history.size(); ++i)
    args.history[i] = history[i].const_data_ptr<float>();
  args.pushed = step.pushes ? updated.pushed.mutable_data_ptr<float>() : nullptr;
  launch(args, sample.device());
  return updated;
}

at::Tensor update(const StepTables& tables, const at::Tensor& counter, const at::Tensor& sample,
                  const at::Tensor& conditional, const at::Tensor& unconditional,
                  const at::Tensor& ring, const at::Tensor& noise) {
  const Dense outputs(conditional, unconditional);
  at::Tensor next = at::empty_like(sample);
  const kernels::GuidedStepArgs args = buffers_of(sample, outputs, noise, next);
  if (sample.is_cpu()) {
    kernels::guided_step_ref(args, table_of<double>(tables, counter, ring));
  } else {
    kernels::guided_step(args, table_of<float>(tables, counter, ring),
                         device::current_stream(sample.device()));
  }
  return next;
}

at::Tensor clean_estimate(const schedule::Step& step, const GuidancePolicy& guidance,
                          const at::Tensor& sample, const at::Tensor& conditional,
                          const at::Tensor& unconditional) {
  schedule::Step estimate;
  estimate.x0_from_sample = step.x0_from_sample;
  estimate.x0_from_output = step.x0_from_output;
  estimate.x0_weight = 1;
  const bool threshold = step.clip.quantile > 0;
  if (!threshold) estimate.clip = step.clip;
  at::Tensor x0 = update(estimate, guidance, sample, conditional, unconditional, {}, {}).sample;
  return threshold ? thresholded(x0, step.clip) : x0;
}

}  // namespace latentrt::sampling
