#include "sampling/gaussian/recorded_steps.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <set>

#include "kernels/guided_step/guided_step_table.h"
#include "sampling/gaussian/gaussian.hpp"
#include "sampling/gaussian/update.hpp"
#include "sampling/run.hpp"

namespace latentrt::sampling {
namespace {

/// Shapes of latents that are remembered: as many as a Launch keeps recordings of, at least.
constexpr std::size_t kKept = 8;

/// Names of a step's own inputs, which no network has.
constexpr const char* kLatents = "step.latents";
constexpr const char* kNoise = "step.noise";
constexpr const char* kCounter = "step.counter";

/// Of the time prologue and a variant, what comes from outside of the step.
std::vector<std::string> conditions_of(const Plan& plan, const Variant& variant) {
  const std::vector<std::string> early = plan.time_prologue.input_names(),
                                 late = variant.program.input_names();
  std::set<std::string> names(early.begin(), early.end());
  names.insert(late.begin(), late.end());
  for (const std::string& made : plan.time_prologue.output_names()) names.erase(made);
  for (const nn::Changes often : {nn::Changes::per_step, nn::Changes::per_call})
    for (const std::string& own : plan.denoiser.program->inputs_that_change(often))
      names.erase(own);
  return {names.begin(), names.end()};
}

}  // namespace

bool can_record_steps(const Plan& plan) { return !plan.probe && !plan.is_stream; }

std::string describe_recording(const Plan& plan) {
  if (plan.probe)
    return "the network alone is recorded, as what its probe shows chooses the variant";
  if (plan.is_stream)
    return "the network alone is recorded, as a stream's frames enter and leave between its calls";
  return "a recording holds the whole step, from the time embedding to the next latents";
}

nn::NamedTensors RecordedSteps::run(Launch& launch, const Step& step, const at::Tensor& latents,
                                    const at::Tensor& noise, nn::NamedTensors inputs) {
  Extent& extent = extent_of(latents);
  nn::WorkPtr& work = extent.works[{step.variant, step.guided}];
  if (!work) work = make_work(plan_.variants[step.variant], step.guided, extent.ring);
  inputs[kLatents] = latents;
  inputs[kCounter] = tables_.counter(step.index);
  if (noise.defined()) extent.noise = noise;
  if (tables_.draws) inputs[kNoise] = extent.noise;
  return launch.run(work, inputs);
}

RecordedSteps::Extent& RecordedSteps::extent_of(const at::Tensor& latents) {
  const std::vector<std::int64_t> shape = latents.sizes().vec();
  const auto found = extents_.find(shape);
  if (found != extents_.end()) return found->second;
  if (extents_.size() == kKept) extents_.clear();
  Extent& extent = extents_[shape];
  if (tables_.pushes) {
    std::vector<std::int64_t> slots = shape;
    slots.insert(slots.begin(), kernels::kStepRing);
    extent.ring = at::empty(slots, latents.options());
  }
  if (tables_.draws) extent.noise = at::zeros_like(latents);
  return extent;
}

nn::WorkPtr RecordedSteps::make_work(const Variant& variant, bool guided,
                                     const at::Tensor& ring) const {
  std::vector<std::string> inputs = conditions_of(plan_, variant);
  inputs.insert(inputs.end(), {kLatents, kCounter});
  if (tables_.draws) inputs.emplace_back(kNoise);
  const GuidancePolicy guidance = guided ? plan_.guidance : GuidancePolicy{};
  return std::make_shared<const nn::Work>(
      nn::Work{std::move(inputs), [this, &variant, guidance, ring](const nn::NamedTensors& given) {
                 return compute(variant, guidance, ring, given);
               }});
}

nn::NamedTensors RecordedSteps::compute(const Variant& variant, const GuidancePolicy& guidance,
                                        at::Tensor ring, const nn::NamedTensors& inputs) const {
  const at::Tensor &latents = inputs.at(kLatents), &counter = inputs.at(kCounter);
  const std::int64_t rows = latents.size(0) * guidance.rows_per_picture();
  nn::NamedTensors values = inputs;
  values["timestep"] = tables_.timesteps.index_select(0, counter).repeat({rows});
  values.merge(run_program(plan_, plan_.time_prologue, values));
  values["sample"] = network_input(plan_.denoiser, guidance,
                                   tables_.input_scales.defined()
                                       ? latents * tables_.input_scales.index_select(0, counter)
                                       : latents);
  nn::NamedTensors results = run_program(plan_, variant.program, values);
  results["next"] = update(tables_, counter, guidance, latents, results.at("out"), ring,
                           tables_.draws ? inputs.at(kNoise) : at::Tensor());
  return results;
}

}  // namespace latentrt::sampling
