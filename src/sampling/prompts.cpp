#include "sampling/prompts.hpp"

#include <utility>

#include "base/fail.hpp"

namespace latentrt::sampling {

std::int64_t Prompt::row(std::int64_t item, Role role) const {
  if (role == Role::conditional) return (has_unconditional ? items : 0) + item;
  if (!has_unconditional) fail(Code::internal, "a guided row has no unconditional prompt");
  return item;
}

PromptPtr prepare_prompt(const Plan& plan, const nn::NamedTensors& conditioning,
                         bool has_unconditional) {
  Prompt prompt{conditioning, 1, has_unconditional};
  plan.run_prologues(nn::Changes::per_prompt, prompt.values);
  if (!prompt.values.empty())
    prompt.items = prompt.values.begin()->second.size(0) / (has_unconditional ? 2 : 1);
  return std::make_shared<const Prompt>(std::move(prompt));
}

const nn::NamedTensors& RowInputs::of_prompts(const std::vector<ItemPrompt>& prompts,
                                              const RowTable& rows) {
  std::vector<Source> sources;
  for (const Row& row : rows) {
    const ItemPrompt& own = prompts.at(static_cast<std::size_t>(row.item));
    sources.push_back({own.prompt, own.prompt->row(own.item, row.role)});
  }
  if (sources == sources_) return of_prompts_;
  clear();
  sources_ = std::move(sources);
  for (const auto& [name, value] : sources_.front().prompt->values) {
    std::vector<SharedRow> shared;
    for (const Source& source : sources_)
      shared.push_back({source.prompt->values.at(name), source.row});
    of_prompts_[name] = joined(shared);
  }
  return of_prompts_;
}

const nn::NamedTensors& RowInputs::all(const Plan& plan, const Call& call,
                                       const std::vector<ItemPrompt>& prompts) {
  const nn::NamedTensors& fixed = of_prompts(prompts, call.rows);
  std::vector<std::size_t> steps;
  for (const Row& row : call.rows) steps.push_back(row.step);
  if (steps == steps_) return all_;
  parts_.clear();
  all_ = fixed;
  plan.process->step_inputs(call, plan.denoiser, all_);
  plan.run_prologues(nn::Changes::per_step, all_);
  steps_ = std::move(steps);
  return all_;
}

const nn::NamedTensors& RowInputs::part(const Rows& rows) {
  if (rows.size() == steps_.size()) return all_;
  constexpr std::size_t kKeptParts = 8;
  if (parts_.size() >= kKeptParts && !parts_.contains(rows)) parts_.clear();
  const auto [part, fresh] = parts_.try_emplace(rows);
  if (fresh)
    for (const auto& [name, value] : all_) part->second[name] = select_rows(value, rows);
  return part->second;
}

void RowInputs::clear() {
  sources_.clear();
  of_prompts_.clear();
  all_.clear();
  steps_.clear();
  parts_.clear();
}

}  // namespace latentrt::sampling
