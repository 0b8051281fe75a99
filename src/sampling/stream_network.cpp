#include "sampling/stream_network.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <utility>

#include "base/fail.hpp"
#include "sampling/run.hpp"

namespace latentrt::sampling {
namespace {

nn::NamedTensors rows_of(const nn::NamedTensors& values, std::int64_t first, std::int64_t count) {
  nn::NamedTensors rows;
  for (const auto& [name, value] : values) rows[name] = value.narrow(0, first, count);
  return rows;
}

void check_plan(const Plan& plan) {
  if (plan.probe) {
    fail(Code::invalid_argument,
         "a stream decides before its first frame which part of the network a stage runs; an "
         "adaptive choice needs a run of its own");
  }
  for (const SlotSpec& slot : plan.slots) {
    if (slot.order > 0) {
      fail(Code::invalid_argument,
           "{} forecasts from several values; in a stream a frame takes one along", slot.owner);
    }
  }
}

}  // namespace

std::size_t StreamShape::negative_stages(bool guided) const {
  if (!guided) return 0;
  if (guidance == StreamGuidance::onetime_negative) return 1;
  return guidance == StreamGuidance::full ? stages.size() : 0;
}

StreamPromptPtr prepare_prompt(const Plan& plan, const nn::NamedTensors& conditioning,
                               bool with_negative) {
  nn::NamedTensors values = run_program(plan, plan.prompt_prologue, conditioning);
  values.insert(conditioning.begin(), conditioning.end());
  if (!with_negative)
    return std::make_shared<const StreamPrompt>(StreamPrompt{std::move(values), {}});
  return std::make_shared<const StreamPrompt>(
      StreamPrompt{rows_of(values, 1, 1), rows_of(values, 0, 1)});
}

StreamNetwork::StreamNetwork(std::shared_ptr<const Plan> plan, const StreamShape& shape,
                             comm::Communicator* ranks)
    : plan_(std::move(plan)), stages_(shape.stages), frames_(shape.frames), ranks_(ranks) {
  check_plan(*plan_);
  for (std::size_t stage = 0; stage < stages_.size(); ++stage) {
    const VariantId variant = plan_->step_variants.at(stage);
    const auto found = std::find_if(groups_.begin(), groups_.end(), [&](const Group& g) {
      return g.variant == variant && !plan_->space_has_past;
    });
    Group& group = found != groups_.end() ? *found : groups_.emplace_back(Group{variant, {}, {}});
    group.stages.push_back(stage);
  }
}

at::Tensor StreamNetwork::joined(const Group& group,
                                 const std::function<Rows(std::size_t stage)>& rows) const {
  std::vector<at::Tensor> parts;
  for (const std::size_t stage : group.stages)
    if (stage < negative_stages_) parts.push_back(rows(stage).negative);
  for (const std::size_t stage : group.stages) parts.push_back(rows(stage).positive);
  return parts.size() == 1 ? parts.front() : at::cat(parts);
}

std::vector<StreamNetwork::Rows> StreamNetwork::split(const Group& group,
                                                      const at::Tensor& all) const {
  std::vector<Rows> rows(stages_.size());
  std::int64_t first = 0;
  const auto next = [&] { return all.narrow(0, std::exchange(first, first + frames_), frames_); };
  for (const std::size_t stage : group.stages)
    if (stage < negative_stages_) rows[stage].negative = next();
  for (const std::size_t stage : group.stages) rows[stage].positive = next();
  return rows;
}

nn::NamedTensors StreamNetwork::inputs_of(const Group& group,
                                          const std::vector<StreamPromptPtr>& prompts) const {
  nn::NamedTensors inputs;
  const auto repeated = [&](const at::Tensor& row) { return row.repeat_interleave(frames_, 0); };
  for (const auto& [name, value] : prompts.front()->positive) {
    inputs[name] = joined(group, [&, key = name](std::size_t stage) {
      const StreamPrompt& prompt = *prompts[stage];
      return Rows{stage < negative_stages_ ? repeated(prompt.negative.at(key)) : at::Tensor(),
                  repeated(prompt.positive.at(key))};
    });
  }
  inputs["timestep"] = joined(group, [&](std::size_t stage) {
    const at::Tensor timestep =
        at::tensor({stages_[stage].timestep}, at::TensorOptions(at::kFloat)).to(device());
    return Rows{repeated(timestep), repeated(timestep)};
  });
  inputs.merge(run_program(*plan_, plan_->time_prologue, inputs));
  return inputs;
}

void StreamNetwork::set_inputs(const std::vector<StreamPromptPtr>& prompts,
                               std::size_t negative_stages) {
  // Rows that come or go leave nothing that the rows beside them could read.
  if (std::exchange(negative_stages_, negative_stages) != negative_stages) kept_.clear();
  for (Group& group : groups_) group.inputs = inputs_of(group, prompts);
}

/// The group's variant, or its fallback while a stage before has left nothing.
const Variant& StreamNetwork::runnable(const Group& group) const {
  const Variant& variant = plan_->variants[group.variant];
  const bool readable =
      std::all_of(variant.loads.begin(), variant.loads.end(), [&](const SlotLink& link) {
        const auto slot = kept_.find(link.slot);
        return slot != kept_.end() &&
               std::all_of(group.stages.begin(), group.stages.end(), [&](std::size_t stage) {
                 return stage > 0 && slot->second[stage - 1].positive.defined();
               });
      });
  return readable ? variant : plan_->variants[variant.fallback];
}

/// Each stage's Space goes on to the next stage with its frames; those that enter have no past.
void StreamNetwork::move_spaces(std::int64_t latent_rows) {
  if (!plan_->make_space) return;
  if (plan_->space_has_past && !spaces_.empty()) spaces_.pop_back();
  const std::size_t wanted = plan_->space_has_past ? stages_.size() : 1;
  while (spaces_.size() < wanted)
    spaces_.insert(spaces_.begin(), plan_->make_space(*plan_, latent_rows, ranks_));
}

nn::NamedTensors StreamNetwork::compute(const Group& group, const nn::Program& program,
                                        const nn::NamedTensors& inputs) {
  if (plan_->make_launch && !launch_) launch_ = plan_->make_launch(*plan_);
  if (launch_) return launch_->run(program, inputs);
  if (spaces_.empty()) return run_program(*plan_, program, inputs);
  return spaces_[plan_->space_has_past ? group.stages.front() : 0]->run(program, inputs);
}

void StreamNetwork::run_group(const Group& group, const at::Tensor& sample,
                              std::vector<Rows>& outputs, Kept& left) {
  const Variant& variant = runnable(group);
  nn::NamedTensors inputs = group.inputs;
  const at::Tensor rows = joined(group, [&](std::size_t stage) {
    const at::Tensor own = sample.narrow(0, static_cast<std::int64_t>(stage) * frames_, frames_);
    return Rows{own, own};
  });
  inputs["sample"] = plan_->denoiser.placed("sample", rows);
  for (const SlotLink& link : variant.loads) {
    inputs[link.value] =
        joined(group, [&](std::size_t stage) { return kept_.at(link.slot)[stage - 1]; });
  }
  const nn::NamedTensors found = compute(group, variant.program, inputs);
  const auto put = [&](std::vector<Rows>& place, const at::Tensor& all) {
    place.resize(stages_.size());
    const std::vector<Rows> parts = split(group, all);
    for (const std::size_t stage : group.stages) place[stage] = parts[stage];
  };
  put(outputs, found.at("out").to(at::kFloat));
  for (const SlotLink& link : variant.stores) put(left[link.slot], found.at(link.value));
  for (const SlotLink& link : variant.loads) put(left[link.slot], inputs.at(link.value));
}

at::Tensor StreamNetwork::run(const at::Tensor& sample) {
  std::vector<Rows> outputs(stages_.size());
  Kept left;
  move_spaces(sample.size(2));
  for (const Group& group : groups_) run_group(group, sample, outputs, left);
  kept_ = std::move(left);
  std::vector<at::Tensor> parts;
  for (std::size_t stage = 0; stage < negative_stages_; ++stage)
    parts.push_back(outputs[stage].negative);
  for (const Rows& rows : outputs) parts.push_back(rows.positive);
  return parts.size() == 1 ? parts.front() : at::cat(parts);
}

}  // namespace latentrt::sampling
