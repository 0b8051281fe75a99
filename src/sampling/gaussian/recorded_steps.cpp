#include "sampling/gaussian/recorded_steps.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "kernels/guided_step/guided_step_table.h"
#include "sampling/gaussian/blend.hpp"
#include "sampling/gaussian/gaussian.hpp"
#include "sampling/gaussian/update.hpp"
#include "sampling/row_outputs.hpp"

namespace latentrt::sampling {
namespace {

/// Number of sample shapes that are kept: at least as many as a Launch keeps recordings.
constexpr std::size_t kKept = 8;

/// Names of a step's own inputs and outputs, which no network has.
constexpr const char* kNoise = "step.noise";
constexpr const char* kCounter = "step.counter";
std::string in_state(const std::string& name) { return "step." + name; }
constexpr const char* kUnconditional = "step.unconditional";

/// Values that the prologues of each step and the groups' variants read from outside of the step.
std::set<std::string> conditions_of(const Plan& plan, const Groups& groups) {
  std::set<std::string> names;
  const auto add = [&](const std::vector<std::string>& more) {
    names.insert(more.begin(), more.end());
  };
  const auto remove = [&](const std::vector<std::string>& less) {
    for (const std::string& name : less) names.erase(name);
  };
  for (const Group& group : groups) {
    const Part& variant = plan.variants[group.variant];
    add(variant.program.input_names());
    for (const SlotLink& link : variant.loads) names.erase(link.value);
  }
  for (const Part& part : plan.prologues)
    if (part.changes == nn::Changes::per_step) add(part.program.input_names());
  for (const Part& part : plan.prologues)
    if (part.changes == nn::Changes::per_step) remove(part.program.output_names());
  for (const nn::Changes often : {nn::Changes::per_step, nn::Changes::per_call})
    remove(plan.denoiser.program->inputs_that_change(often));
  return names;
}

/// One step, from its inputs to its results, without decisions in between.
class Recording {
 public:
  Recording(const Plan& plan, const StepTables& tables, at::Tensor ring, Call call, Groups groups,
            std::vector<std::string> state)
      : plan_(plan),
        tables_(tables),
        ring_(std::move(ring)),
        call_(std::move(call)),
        groups_(std::move(groups)),
        state_(std::move(state)) {}

  std::vector<std::string> inputs() const {
    const std::set<std::string> conditions = conditions_of(plan_, groups_);
    std::vector<std::string> names(conditions.begin(), conditions.end());
    for (std::size_t g = 0; g < groups_.size(); ++g)
      for (const SlotLink& link : plan_.variants[groups_[g].variant].loads)
        names.push_back(in_group(g, link.value));
    for (const std::string& name : state_) names.push_back(in_state(name));
    names.emplace_back(kCounter);
    if (tables_.draws) names.emplace_back(kNoise);
    return names;
  }

  nn::NamedTensors run(const nn::NamedTensors& inputs) const {
    const at::Tensor& counter = inputs.at(kCounter);
    State state;
    for (const std::string& name : state_) state[name] = inputs.at(in_state(name));
    nn::NamedTensors results;
    const std::vector<nn::NamedTensors> parts = run_groups(inputs, of_rows(inputs, counter));
    for (std::size_t g = 0; g < groups_.size(); ++g)
      for (const auto& [name, value] : parts[g]) results[in_group(g, name)] = value;
    const Outputs outputs =
        outputs_of(plan_, call_, state, in_row_order(plan_, call_, groups_, parts));
    for (const auto& [name, value] : outputs.conditional) results[name] = value;
    if (outputs.unconditional.defined()) results[kUnconditional] = outputs.unconditional;
    at::Tensor next =
        update(tables_, counter, start_of(state, counter), outputs.conditional.at("out"),
               outputs.unconditional, ring_, tables_.draws ? inputs.at(kNoise) : at::Tensor());
    if (keeps_unblended(state)) {
      next += of_items(tables_.unblended_weights, counter, next.dim()) *
              (unblended(state) - state.at("sample"));
    }
    if (has_blend(state)) {
      at::Tensor with_known =
          blended(blend_of(state), next, of_items(tables_.image_weights, counter, next.dim()),
                  of_items(tables_.noise_weights, counter, next.dim()));
      set_samples(state, std::move(next), std::move(with_known));
    } else {
      state["sample"] = std::move(next);
    }
    for (const auto& [name, value] : state) results[in_state(name)] = value;
    return results;
  }

 private:
  /// The table's values for this step, one for each item or one for all, shaped to multiply samples
  /// with this many dimensions.
  at::Tensor of_items(const at::Tensor& table, const at::Tensor& counter, std::int64_t dims) const {
    std::vector<std::int64_t> sizes(static_cast<std::size_t>(dims), 1);
    sizes[0] = tables_.entry_rows;
    return table.index_select(0, counter).view(sizes);
  }

  /// The sample that the step starts from.
  at::Tensor start_of(const State& state, const at::Tensor& counter) const {
    const at::Tensor& sample = state.at("sample");
    if (!keeps_unblended(state)) return sample;
    const at::Tensor goes_back = of_items(tables_.ignore_blend, counter, sample.dim());
    return at::where(goes_back > 0, unblended(state), sample);
  }

  /// The inputs of all rows.
  nn::NamedTensors of_rows(const nn::NamedTensors& inputs, const at::Tensor& counter) const {
    const Rows items = items_of(call_.rows);
    nn::NamedTensors values = inputs;
    const at::Tensor timesteps = tables_.timesteps.index_select(0, counter).flatten();
    values["timestep"] = tables_.entry_rows == 1 ? timesteps.repeat({std::ssize(call_.rows)})
                                                 : select_rows(timesteps, items);
    plan_.run_prologues(nn::Changes::per_step, values);
    at::Tensor sample = inputs.at(in_state("sample"));
    if (tables_.input_scales.defined())
      sample = sample * of_items(tables_.input_scales, counter, sample.dim());
    values["sample"] = plan_.denoiser.placed("sample", select_rows(sample, items));
    return values;
  }

  std::vector<nn::NamedTensors> run_groups(const nn::NamedTensors& inputs,
                                           const nn::NamedTensors& of_rows) const {
    std::vector<nn::NamedTensors> parts;
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      const Part& variant = plan_.variants[groups_[g].variant];
      nn::NamedTensors values;
      for (const std::string& name : variant.program.input_names())
        if (const auto found = of_rows.find(name); found != of_rows.end())
          values[name] = select_rows(found->second, groups_[g].rows);
      for (const SlotLink& link : variant.loads)
        values[link.value] = inputs.at(in_group(g, link.value));
      parts.push_back(plan_.denoiser.run(variant.program, values));
    }
    return parts;
  }

  const Plan& plan_;
  const StepTables& tables_;
  at::Tensor ring_;
  const Call call_;
  const Groups groups_;
  const std::vector<std::string> state_;
};

bool thresholds(const Plan& plan) {
  const auto* const process = dynamic_cast<const Gaussian*>(plan.process.get());
  return process && std::ranges::any_of(process->trajectory.steps,
                                        [](const auto& step) { return step.clip.quantile > 0; });
}

}  // namespace

std::string in_group(std::size_t group, const std::string& value) {
  return fmt::format("group.{}.{}", group, value);
}

bool can_record_steps(const Plan& plan) { return !plan.choice && !thresholds(plan); }

std::string describe_recording(const Plan& plan) {
  if (plan.choice)
    return "the network only is recorded, as what its probe shows chooses the variant";
  if (thresholds(plan))
    return "the network only is recorded, as steps with thresholding sort values";
  return "a recording holds the whole step, from the time embedding to the next latents";
}

Recorded RecordedSteps::run(Launch& launch, const Call& call, const Groups& groups,
                            const State& state, const at::Tensor& noise, nn::NamedTensors inputs) {
  Extent& extent = extent_of(call, state.at("sample"));
  std::vector<std::string> names;
  for (const auto& [name, value] : state) names.push_back(name);
  nn::WorkPtr& work = extent.works[{groups, names}];
  if (!work) work = make_work(extent, call, groups, std::move(names));
  for (const auto& [name, value] : state) inputs[in_state(name)] = value;
  inputs[kCounter] = extent.tables.counter(plan_.batch ? 0 : call.steps.front());
  if (noise.defined()) extent.noise = noise;
  if (extent.tables.draws) inputs[kNoise] = extent.noise;
  nn::NamedTensors results = launch.run(work, inputs);
  Recorded recorded;
  for (const auto& [name, value] : state) recorded.state[name] = results.at(in_state(name));
  for (const std::string& name : plan_.denoiser.program->output_names())
    recorded.outputs.conditional[name] = results.at(name);
  if (call.guided()) recorded.outputs.unconditional = results.at(kUnconditional);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    nn::NamedTensors& part = recorded.parts.emplace_back();
    for (const SlotLink& link : plan_.variants[groups[g].variant].stores)
      part[link.value] = results.at(in_group(g, link.value));
  }
  return recorded;
}

RecordedSteps::Extent& RecordedSteps::extent_of(const Call& call, const at::Tensor& sample) {
  const StepLayout layout = plan_.batch ? StepLayout{call.steps} : one_step_a_call(plan_);
  const std::vector<std::int64_t> shape = sample.sizes().vec();
  if (!(guidance_ == call.guidance) || extents_.size() == kKept) extents_.clear();
  guidance_ = call.guidance;
  const auto found = extents_.find({shape, layout});
  if (found != extents_.end()) return found->second;
  Extent extent{StepTables(plan_, guidance_, layout), {}, {}, {}};
  if (extent.tables.pushes) {
    std::vector<std::int64_t> slots = shape;
    slots.insert(slots.begin(), kernels::kStepRing);
    extent.ring = at::empty(slots, sample.options());
  }
  if (extent.tables.draws) extent.noise = at::zeros_like(sample);
  return extents_.emplace(std::pair(shape, layout), std::move(extent)).first->second;
}

nn::WorkPtr RecordedSteps::make_work(const Extent& extent, const Call& call, const Groups& groups,
                                     std::vector<std::string> state) const {
  const auto step = std::make_shared<const Recording>(plan_, extent.tables, extent.ring, call,
                                                      groups, std::move(state));
  return std::make_shared<const nn::Work>(
      nn::Work{step->inputs(), [step](const nn::NamedTensors& given) { return step->run(given); }});
}

}  // namespace latentrt::sampling
