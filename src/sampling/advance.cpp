#include "sampling/advance.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "sampling/gaussian/gaussian.hpp"
#include "sampling/groups.hpp"
#include "sampling/row_outputs.hpp"

namespace latentrt::sampling {
namespace {

/// The ranks of a group. If they keep values from earlier calls, a group consists of items that
/// entered together.
Space& space_of(SessionState& session, const Call& call, const Rows& rows,
                std::int64_t latent_rows) {
  const Plan& plan = *session.plan;
  const auto place = [&](std::int64_t row) {
    const std::int64_t item = call.rows[static_cast<std::size_t>(row)].item;
    return static_cast<std::size_t>(plan.space_has_past ? item : 0);
  };
  session.spaces.resize(plan.space_has_past ? call.steps.size() : 1);
  std::shared_ptr<Space> space = session.spaces[place(rows.back())];
  if (!space) space = plan.make_space(plan, latent_rows, session.ranks);
  for (const std::int64_t row : rows) session.spaces[place(row)] = space;
  return *space;
}

Launch& launch_of(SessionState& session) {
  if (!session.launch) session.launch = session.plan->make_launch(*session.plan);
  return *session.launch;
}

TokenCache& token_cache_of(SessionState& session, const Call& call) {
  if (!session.token_cache) session.token_cache = session.plan->make_token_cache(*session.plan);
  session.token_cache->begin_call(session.state, call);
  return *session.token_cache;
}

/// How the group's network is executed.
NetworkCaller& caller_of(SessionState& session, const Call& call, const Group& group,
                         const nn::NamedTensors& inputs) {
  const Plan& plan = *session.plan;
  if (plan.make_token_cache) return token_cache_of(session, call);
  if (plan.make_launch) return launch_of(session);
  if (!plan.make_space) return session.local;
  const std::string& picture = plan.denoiser.program->band_input();
  return space_of(session, call, group.rows, inputs.at(picture).size(2));
}

/// `varying`: inputs that differ from call to call, for all rows.
nn::NamedTensors run_group(SessionState& session, const Call& call, const Group& group,
                           const nn::NamedTensors& varying) {
  const Part& variant = session.plan->variants[group.variant];
  nn::NamedTensors inputs = session.inputs.part(group.rows);
  for (const auto& [name, value] : varying) inputs[name] = select_rows(value, group.rows);
  NetworkCaller& caller = caller_of(session, call, group, inputs);
  const Rows here = caller.rows_here(group.rows);
  inputs.merge(load_slots(session, variant, call, here));
  nn::NamedTensors outputs = caller.run(variant.program, inputs);
  store_slots(session, variant, call, here, outputs);
  Rows elsewhere;
  std::ranges::set_difference(group.rows, here, std::back_inserter(elsewhere));
  if (!elsewhere.empty()) store_slots(session, variant, call, elsewhere, {});
  return outputs;
}

/// Inputs of each row from the state and from the plan's choice.
nn::NamedTensors varying_inputs(const SessionState& session, const Call& call,
                                const nn::NamedTensors& fixed) {
  const Plan& plan = *session.plan;
  nn::NamedTensors varying;
  plan.process->state_inputs(session.state, call, plan.denoiser, varying);
  if (!plan.choice) return varying;
  nn::NamedTensors values = fixed;
  values.insert(varying.begin(), varying.end());
  plan.run_prologues(nn::Changes::per_call, values);
  for (const auto& [name, value] : values)
    if (!fixed.contains(name)) varying[name] = value;
  return varying;
}

Advanced advance_by_parts(SessionState& session, Call call) {
  const Plan& plan = *session.plan;
  const nn::NamedTensors varying =
      varying_inputs(session, call, session.inputs.all(plan, call, session.prompts));
  Groups groups = choose_groups(session, call, varying);
  std::vector<nn::NamedTensors> parts;
  for (const Group& group : groups) parts.push_back(run_group(session, call, group, varying));
  Outputs outputs = outputs_of(plan, call, session.state, in_row_order(plan, call, groups, parts));
  plan.process->advance(session.state, call, outputs, *session.noise);
  return {std::move(call), std::move(groups), std::move(outputs)};
}

/// As above, as one work of the device, for a Gaussian process.
Advanced advance_at_once(SessionState& session, Call call) {
  const Plan& plan = *session.plan;
  if (!session.recorded) session.recorded.emplace(plan);
  Groups groups = choose_groups(session, call, {});
  nn::NamedTensors inputs = session.inputs.of_prompts(session.prompts, call.rows);
  for (std::size_t g = 0; g < groups.size(); ++g)
    for (auto& [name, value] :
         load_slots(session, plan.variants[groups[g].variant], call, groups[g].rows))
      inputs[in_group(g, name)] = value;
  const at::Tensor noise = gaussian_of(plan).draw(session.state, call, *session.noise);
  Recorded recorded = session.recorded->run(launch_of(session), call, groups, session.state, noise,
                                            std::move(inputs));
  for (std::size_t g = 0; g < groups.size(); ++g)
    store_slots(session, plan.variants[groups[g].variant], call, groups[g].rows, recorded.parts[g]);
  session.state = std::move(recorded.state);
  return {std::move(call), std::move(groups), std::move(recorded.outputs)};
}

}  // namespace

Advanced advance(SessionState& session, const Turn& turn) {
  const Plan& plan = *session.plan;
  Call call = make_call(session.calls++, turn.steps, session.guidance, *plan.guidance_rule);
  session.steps = call.steps;
  session.move_rows(call.rows, turn.from);
  session.stamp.row_shape = session.state.begin()->second.sizes().slice(1).vec();
  return plan.records_steps ? advance_at_once(session, std::move(call))
                            : advance_by_parts(session, std::move(call));
}

}  // namespace latentrt::sampling
