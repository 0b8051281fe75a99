#include "sampling/stream_network.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <utility>

#include "sampling/run.hpp"

namespace latentrt::sampling {
namespace {

nn::NamedTensors narrowed(const nn::NamedTensors& values, std::int64_t first, std::int64_t count) {
  nn::NamedTensors rows;
  for (const auto& [name, value] : values) rows[name] = value.narrow(0, first, count);
  return rows;
}

/// These rows of a tensor; itself where they are all.
at::Tensor rows_of(const at::Tensor& all, const Rows& rows) {
  if (all.size(0) == std::ssize(rows)) return all;
  std::vector<at::Tensor> parts;
  for (std::size_t i = 0; i < rows.size();) {
    std::int64_t count = 1;
    while (i + static_cast<std::size_t>(count) < rows.size() &&
           rows[i + static_cast<std::size_t>(count)] == rows[i] + count)
      ++count;
    parts.push_back(all.narrow(0, rows[i], count));
    i += static_cast<std::size_t>(count);
  }
  return parts.size() == 1 ? parts.front() : at::cat(parts);
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
      StreamPrompt{narrowed(values, 1, 1), narrowed(values, 0, 1)});
}

StreamNetwork::StreamNetwork(std::shared_ptr<const Plan> plan, const StreamShape& shape,
                             comm::Communicator* ranks)
    : plan_(std::move(plan)),
      stages_(shape.stages),
      frames_(shape.frames),
      ranks_(ranks),
      slots_(plan_->slots) {}

std::int64_t StreamNetwork::row_count() const {
  return static_cast<std::int64_t>(negative_stages_ + stages_.size()) * frames_;
}

std::size_t StreamNetwork::stage_of(std::int64_t row) const {
  const auto place = static_cast<std::size_t>(row / frames_);
  return place < negative_stages_ ? place : place - negative_stages_;
}

Rows StreamNetwork::rows_of(std::size_t stage) const {
  Rows rows;
  for (std::int64_t row = 0; row < row_count(); ++row)
    if (stage_of(row) == stage) rows.push_back(row);
  return rows;
}

std::vector<double> StreamNetwork::times_of(const Rows& rows) const {
  std::vector<double> times;
  for (const std::int64_t row : rows) times.push_back(plan_->process->clock(stage_of(row)));
  return times;
}

void StreamNetwork::set_inputs(const std::vector<StreamPromptPtr>& prompts,
                               std::size_t negative_stages) {
  negative_stages_ = negative_stages;
  inputs_.clear();
  parts_.clear();
  const auto repeated = [&](const at::Tensor& row) { return row.repeat_interleave(frames_, 0); };
  for (const auto& [name, value] : prompts.front()->positive) {
    std::vector<at::Tensor> parts;
    for (std::size_t stage = 0; stage < negative_stages_; ++stage)
      parts.push_back(repeated(prompts[stage]->negative.at(name)));
    for (const StreamPromptPtr& prompt : prompts)
      parts.push_back(repeated(prompt->positive.at(name)));
    inputs_[name] = parts.size() == 1 ? parts.front() : at::cat(parts);
  }
  std::vector<double> timesteps;
  for (std::int64_t row = 0; row < row_count(); ++row)
    timesteps.push_back(stages_[stage_of(row)].timestep);
  inputs_["timestep"] = at::tensor(timesteps, at::TensorOptions(at::kFloat)).to(device());
  inputs_.merge(run_program(*plan_, plan_->time_prologue, inputs_));
}

/// Each frame is a stage further; those that enter have no past.
void StreamNetwork::move_rows() {
  const auto before =
      static_cast<std::int64_t>(std::exchange(negative_stages_before_, negative_stages_));
  Rows from;
  for (std::int64_t row = 0; row < row_count(); ++row) {
    const bool negative = row / frames_ < static_cast<std::int64_t>(negative_stages_);
    const auto stage_before = static_cast<std::int64_t>(stage_of(row)) - 1;
    const bool existed = stage_before >= 0 && (!negative || stage_before < before);
    const std::int64_t place = negative ? stage_before : before + stage_before;
    from.push_back(existed ? place * frames_ + row % frames_ : kNewRow);
  }
  slots_.gather(from);
}

/// Each stage's Space goes on to the next stage with its frames; those that enter have no past.
void StreamNetwork::move_spaces(std::int64_t latent_rows) {
  if (!plan_->make_space) return;
  if (plan_->space_has_past && !spaces_.empty()) spaces_.pop_back();
  const std::size_t wanted = plan_->space_has_past ? stages_.size() : 1;
  while (spaces_.size() < wanted)
    spaces_.insert(spaces_.begin(), plan_->make_space(*plan_, latent_rows, ranks_));
}

/// The stage's variant, or its fallback where its frames hold not all that it reads.
VariantId StreamNetwork::choose(std::size_t stage, const nn::NamedTensors& inputs) {
  const Rows rows = rows_of(stage);
  VariantId id = plan_->step_variants.at(stage);
  if (plan_->probe) {
    const at::Tensor probe = sampling::rows_of(inputs.at(plan_->probe->value), rows);
    id = plan_->probe->choose({.step = stage,
                               .time = plan_->process->clock(stage),
                               .probe = probe,
                               .slots = slots_,
                               .stamp = stamp_,
                               .rows = rows});
  }
  const Variant& planned = plan_->variants[id];
  const bool readable = std::ranges::all_of(
      planned.loads, [&](const SlotLink& link) { return slots_.valid(link.slot, stamp_, rows); });
  return readable ? id : planned.fallback;
}

std::vector<StreamNetwork::Group> StreamNetwork::groups(const nn::NamedTensors& inputs) {
  std::vector<Group> all;
  for (std::size_t stage = 0; stage < stages_.size(); ++stage) {
    const VariantId variant = choose(stage, inputs);
    const auto found = std::ranges::find_if(
        all, [&](const Group& g) { return g.variant == variant && !plan_->space_has_past; });
    Group& group = found != all.end() ? *found : all.emplace_back(Group{variant, {}, stage});
    const Rows rows = rows_of(stage);
    group.rows.insert(group.rows.end(), rows.begin(), rows.end());
  }
  for (Group& group : all) std::ranges::sort(group.rows);
  return all;
}

nn::NamedTensors StreamNetwork::selected(const nn::NamedTensors& all, const Rows& rows) const {
  nn::NamedTensors part;
  for (const auto& [name, value] : all) part[name] = sampling::rows_of(value, rows);
  return part;
}

nn::NamedTensors StreamNetwork::compute(const Group& group, const nn::Program& program,
                                        const nn::NamedTensors& inputs) {
  if (plan_->make_launch && !launch_) launch_ = plan_->make_launch(*plan_);
  if (launch_) return launch_->run(program, inputs);
  if (spaces_.empty()) return run_program(*plan_, program, inputs);
  return spaces_[plan_->space_has_past ? group.first_stage : 0]->run(program, inputs);
}

/// `all`: what differs from call to call, for all rows.
at::Tensor StreamNetwork::run_group(const Group& group, const nn::NamedTensors& all) {
  const Variant& variant = plan_->variants[group.variant];
  constexpr std::size_t kKeptParts = 8;
  if (parts_.size() >= kKeptParts && !parts_.contains(group.rows)) parts_.clear();
  const auto [part, fresh] = parts_.try_emplace(group.rows);
  if (fresh) part->second = selected(inputs_, group.rows);
  nn::NamedTensors inputs = selected(all, group.rows);
  inputs.insert(part->second.begin(), part->second.end());
  const std::vector<double> times = times_of(group.rows);
  for (const SlotLink& link : variant.loads)
    inputs[link.value] = slots_.read(link.slot, stamp_, group.rows, times);
  const nn::NamedTensors outputs = compute(group, variant.program, inputs);
  for (const SlotLink& link : variant.stores)
    slots_.write(link.slot, outputs.at(link.value), stamp_, group.rows, times);
  return outputs.at("out").to(at::kFloat);
}

at::Tensor StreamNetwork::run(const at::Tensor& sample) {
  stamp_ = {.run = 1,
            .weight_epoch = plan_->denoiser.weights->epoch(),
            .row_shape = sample.sizes().slice(1).vec()};
  move_rows();
  move_spaces(sample.size(2));
  const std::int64_t negatives = static_cast<std::int64_t>(negative_stages_) * frames_;
  const at::Tensor rows =
      negatives == 0 ? sample : at::cat({sample.narrow(0, 0, negatives), sample});
  nn::NamedTensors all{{"sample", plan_->denoiser.placed("sample", rows)}};
  if (plan_->probe) {
    nn::NamedTensors inputs = inputs_;
    inputs.insert(all.begin(), all.end());
    all.merge(run_program(*plan_, plan_->probe->program, inputs));
  }
  const std::vector<Group> parts = groups(all);
  if (parts.size() == 1) return run_group(parts.front(), all);
  at::Tensor output = at::empty(rows.sizes(), sample.options());
  for (const Group& group : parts) {
    const at::Tensor part = run_group(group, all);
    for (std::size_t i = 0; i < group.rows.size(); ++i)
      output.select(0, group.rows[i]).copy_(part.select(0, static_cast<std::int64_t>(i)));
  }
  return output;
}

}  // namespace latentrt::sampling
