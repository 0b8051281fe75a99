#include "sampling/plan.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "base/fail.hpp"
#include "nn/passes/hoist.hpp"
#include "sampling/plan_builder.hpp"

namespace latentrt::sampling {
namespace {

/// Inputs of the body that are known before the sample is: the timestep, and values of the prompt's
/// prologue.
std::vector<std::string> inputs_before_sample(const nn::Program& body) {
  std::vector<std::string> names = body.input_names();
  std::erase_if(names, [&](const std::string& name) {
    return body.declares(name) && body.declared(name).changes == nn::Changes::per_call;
  });
  return names;
}

Plan plain_plan(nn::Network denoiser, std::shared_ptr<const Process> process,
                GuidancePolicy guidance) {
  const nn::Program& whole = *denoiser.program;
  nn::Hoisted prompt = nn::hoist(whole, whole.inputs_that_change(nn::Changes::per_prompt));
  nn::Hoisted time = nn::hoist(prompt.body, inputs_before_sample(prompt.body));
  const std::size_t steps = process->calls();
  return {.denoiser = std::move(denoiser),
          .process = std::move(process),
          .guidance = guidance,
          .guidance_rule = std::make_shared<const GuidanceRule>(),
          .batch = {},
          .prologues = {{.name = "once per prompt",
                         .program = std::move(prompt.prologue),
                         .changes = nn::Changes::per_prompt},
                        {.name = "once per step",
                         .program = std::move(time.prologue),
                         .changes = nn::Changes::per_step}},
          .variants = {{.name = "full", .program = std::move(time.body)}},
          .step_variants = std::vector<VariantId>(steps, 0),
          .choice = {},
          .space_has_past = false,
          .make_token_cache = {},
          .make_space = {},
          .make_launch = {},
          .records_steps = false,
          .slots = {},
          .notes = {}};
}

void refuse_shared_axes(const std::vector<AcceleratorPtr>& accelerators) {
  std::map<Axis, std::string_view> owners;
  for (const AcceleratorPtr& accelerator : accelerators) {
    const auto [owner, free] = owners.emplace(accelerator->axis(), accelerator->name());
    if (free) continue;
    fail(Code::invalid_argument,
         "accelerators '{}' and '{}' both work on the {} axis; a plan takes one per axis",
         owner->second, accelerator->name(), name_of(accelerator->axis()));
  }
}

/// Sets step_variants to the variants that a run uses: if a slot was not written yet, or if its
/// rows changed and cannot be kept, the planned variant's fallback runs.
void settle_fallbacks(Plan& plan) {
  if (plan.choice || plan.batch) return;
  std::vector<bool> written(plan.slots.size(), false);
  for (std::size_t call = 0; call < plan.step_variants.size(); ++call) {
    if (plan.rows_change_at(call) && !plan.rows_only_leave_at(call))
      written.assign(written.size(), false);
    VariantId& id = plan.step_variants[call];
    const auto readable = [&](const SlotLink& link) { return written[link.slot]; };
    const std::vector<SlotLink>& loads = plan.variants[id].loads;
    if (!std::all_of(loads.begin(), loads.end(), readable)) id = plan.variants[id].fallback;
    for (const SlotLink& link : plan.variants[id].stores) written[link.slot] = true;
  }
}

}  // namespace

void Plan::run_prologues(nn::Changes changes, nn::NamedTensors& values) const {
  for (const Part& part : prologues)
    if (part.changes == changes) values.merge(denoiser.run(part.program, values));
}

std::size_t Plan::prologue_nodes(nn::Changes changes) const {
  std::size_t nodes = 0;
  for (const Part& part : prologues)
    if (part.changes == changes) nodes += part.program.nodes().size();
  return nodes;
}

bool Plan::rows_change_at(std::size_t call) const {
  return call > 0 && guidance.at(call).active() != guidance.at(call - 1).active();
}

bool Plan::rows_only_leave_at(std::size_t call) const {
  return rows_change_at(call) && !guidance.at(call).active() && !make_space;
}

std::shared_ptr<const Plan> make_plan(nn::Network denoiser, std::shared_ptr<const Process> process,
                                      GuidancePolicy guidance,
                                      std::vector<AcceleratorPtr> accelerators) {
  refuse_shared_axes(accelerators);
  std::stable_sort(accelerators.begin(), accelerators.end(),
                   [](const auto& a, const auto& b) { return a->axis() < b->axis(); });
  PlanBuilder::State state{plain_plan(std::move(denoiser), std::move(process), guidance)};
  PlanBuilder builder(state);
  for (const AcceleratorPtr& accelerator : accelerators) accelerator->contribute(builder);
  settle_fallbacks(state.plan);
  return std::make_shared<const Plan>(std::move(state.plan));
}

}  // namespace latentrt::sampling
