#include "sampling/plan_builder.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"

namespace latentrt {
namespace {

void check_links(const sampling::Plan& plan, const std::string& variant,
                 const std::vector<SlotLink>& links) {
  for (const SlotLink& link : links) {
    if (link.slot >= plan.slots.size())
      fail(Code::invalid_argument, "variant {} names slot {} of {}", quote(variant), link.slot,
           plan.slots.size());
  }
}

const sampling::Process& process_with(const sampling::Plan& plan, std::size_t call) {
  const std::size_t calls = plan.process->calls();
  if (call >= calls)
    fail(Code::invalid_argument, "call {} does not exist: the run has {} calls", call, calls);
  return *plan.process;
}

void check_variant(const sampling::Plan& plan, VariantId variant) {
  if (variant >= plan.variants.size())
    fail(Code::invalid_argument, "variant {} does not exist: the plan has {} variants", variant,
         plan.variants.size());
}

}  // namespace

Accelerator::~Accelerator() = default;

std::size_t PlanBuilder::call_count() const { return state_.plan.process->calls(); }

double PlanBuilder::timestep(std::size_t call) const {
  return process_with(state_.plan, call).timestep(call);
}

double PlanBuilder::log_snr(std::size_t call) const {
  return process_with(state_.plan, call).clock(call);
}

std::vector<std::string> PlanBuilder::value_names() const {
  const nn::Program& body = sampling::body_of(*this);
  std::vector<std::string> names;
  for (const nn::Node& node : body.nodes()) names.push_back(body.name_of(node.dst));
  return names;
}

std::vector<SkipConnection> PlanBuilder::skip_connections() const {
  return sampling::skip_connections(sampling::body_of(*this));
}

SlotId PlanBuilder::add_slot(SlotSpec slot) {
  state_.plan.slots.push_back(std::move(slot));
  return state_.plan.slots.size() - 1;
}

VariantId PlanBuilder::add_variant(std::string name, std::vector<SlotLink> loads,
                                   std::vector<SlotLink> stores, VariantId fallback) {
  sampling::Plan& plan = state_.plan;
  check_links(plan, name, loads);
  check_links(plan, name, stores);
  check_variant(plan, fallback);
  if (!plan.variants[fallback].loads.empty()) {
    fail(Code::invalid_argument, "variant {} cannot fall back on {}, which reads slots itself",
         quote(name), quote(plan.variants[fallback].name));
  }
  const nn::Program& body = sampling::body_of(*this);
  std::vector<std::string> inputs = body.input_names(), outputs = body.output_names();
  for (const SlotLink& link : loads) inputs.push_back(link.value);
  for (const SlotLink& link : stores) outputs.push_back(link.value);
  nn::Program program = body.extract(inputs, outputs);
  plan.variants.push_back({.name = std::move(name),
                           .program = std::move(program),
                           .loads = std::move(loads),
                           .stores = std::move(stores),
                           .fallback = fallback});
  return plan.variants.size() - 1;
}

void PlanBuilder::assign(const std::function<VariantId(std::size_t call)>& variant_of_call) {
  sampling::Plan& plan = state_.plan;
  for (std::size_t call = 0; call < plan.step_variants.size(); ++call) {
    plan.step_variants[call] = variant_of_call(call);
    check_variant(plan, plan.step_variants[call]);
  }
}

void PlanBuilder::note(std::string sentence) { state_.plan.notes.push_back(std::move(sentence)); }

}  // namespace latentrt

namespace latentrt::sampling {

const nn::Program& body_of(const PlanBuilder& builder) {
  return builder.state().plan.variants[0].program;
}

std::vector<SkipConnection> skip_connections(const nn::Program& program) {
  std::vector<SkipConnection> skips;
  for (const nn::Skip& skip : program.declarations().skips)
    skips.push_back({program.name_of(skip.deep), program.name_of(skip.kept)});
  std::reverse(skips.begin(), skips.end());
  return skips;
}

void add_probe(PlanBuilder& builder, const std::string& value) {
  Plan& plan = builder.state().plan;
  nn::Program& whole = plan.variants[0].program;
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
  plan.prologues.push_back({.name = "probe",
                            .program = whole.extract(whole.input_names(), border),
                            .changes = nn::Changes::per_call});
  plan.choice = Choice{value, {}};
  std::vector<std::string> inputs = whole.input_names();
  inputs.insert(inputs.end(), border.begin(), border.end());
  whole = whole.extract(inputs, whole.output_names());
}

void choose_by_probe(PlanBuilder& builder, ChooseVariant choose) {
  builder.state().plan.choice.value().choose = std::move(choose);
}

}  // namespace latentrt::sampling
