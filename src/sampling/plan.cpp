#include "sampling/plan.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/fail.hpp"

namespace latentrt::sampling {
namespace {

/// Inputs that stay the same from step to step, and those that follow the timestep.
const std::vector<std::string> kPromptInputs{"encoder_hidden_states"};
const std::vector<std::string> kTimeInputs{"timestep", "class_labels", "text_embeds", "time_ids"};

Plan plain_plan(models::Denoiser denoiser, schedule::Trajectory trajectory,
                GuidancePolicy guidance) {
  nn::Hoisted prompt = nn::hoist(*denoiser.program, kPromptInputs);
  nn::Hoisted time = nn::hoist(prompt.body, kTimeInputs);
  const std::size_t steps = trajectory.steps.size();
  return {
      .denoiser = std::move(denoiser),
      .trajectory = std::move(trajectory),
      .guidance = guidance,
      .prompt_prologue = std::move(prompt.prologue),
      .time_prologue = std::move(time.prologue),
      .variants = {{.name = "full", .program = std::move(time.body), .loads = {}, .stores = {}}},
      .step_variants = std::vector<VariantId>(steps, 0),
      .probe = {},
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

}  // namespace

PlanBuilder::PlanBuilder(models::Denoiser denoiser, schedule::Trajectory trajectory,
                         GuidancePolicy guidance)
    : plan_(plain_plan(std::move(denoiser), std::move(trajectory), guidance)) {}

SlotId PlanBuilder::add_slot(SlotSpec slot) {
  plan_.slots.push_back(std::move(slot));
  return plan_.slots.size() - 1;
}

VariantId PlanBuilder::add_variant(std::string name, std::vector<SlotLink> loads,
                                   std::vector<SlotLink> stores, VariantId fallback) {
  std::vector<std::string> inputs = body().input_names(), outputs = body().output_names();
  for (const SlotLink& link : loads) inputs.push_back(link.value);
  for (const SlotLink& link : stores) outputs.push_back(link.value);
  nn::Program program = body().extract(inputs, outputs);
  plan_.variants.push_back(
      {std::move(name), std::move(program), std::move(loads), std::move(stores), fallback});
  return plan_.variants.size() - 1;
}

void PlanBuilder::add_probe(const std::string& value, ChooseVariant choose) {
  nn::Program& whole = plan_.variants[0].program;
  const nn::Program part = whole.extract(whole.input_names(), {value});
  std::set<nn::ValueId> computed;
  for (const nn::Node& node : part.nodes()) computed.insert(node.dst);
  std::set<std::string> read{value};
  for (const nn::Node& node : whole.nodes()) {
    if (computed.contains(node.dst)) continue;
    for (const nn::ValueId src : node.srcs)
      if (computed.contains(src)) read.insert(whole.name_of(src));
  }
  const std::vector<std::string> border(read.begin(), read.end());
  plan_.probe = {value, whole.extract(whole.input_names(), border), std::move(choose)};
  std::vector<std::string> inputs = whole.input_names();
  inputs.insert(inputs.end(), border.begin(), border.end());
  whole = whole.extract(inputs, whole.output_names());
}

void PlanBuilder::assign(const std::function<VariantId(std::size_t step)>& variant_of_step) {
  for (std::size_t step = 0; step < plan_.step_variants.size(); ++step) {
    plan_.step_variants[step] = variant_of_step(step);
  }
}

void PlanBuilder::note(std::string sentence) { plan_.notes.push_back(std::move(sentence)); }

std::shared_ptr<const Plan> PlanBuilder::build() && {
  return std::make_shared<const Plan>(std::move(plan_));
}

std::shared_ptr<const Plan> make_plan(models::Denoiser denoiser, schedule::Trajectory trajectory,
                                      GuidancePolicy guidance,
                                      std::vector<AcceleratorPtr> accelerators) {
  refuse_shared_axes(accelerators);
  std::stable_sort(accelerators.begin(), accelerators.end(),
                   [](const auto& a, const auto& b) { return a->axis() < b->axis(); });
  PlanBuilder builder(std::move(denoiser), std::move(trajectory), guidance);
  for (const AcceleratorPtr& accelerator : accelerators) accelerator->contribute(builder);
  return std::move(builder).build();
}

}  // namespace latentrt::sampling
