#include "sampling/groups.hpp"

#include <algorithm>

namespace latentrt::sampling {
namespace {

/// The variant for rows at the same step, or its fallback if a slot that it reads is not valid.
VariantId choose_variant(SessionState& session, std::size_t step, const Rows& rows,
                         const nn::NamedTensors& inputs) {
  const Plan& plan = *session.plan;
  VariantId id = plan.step_variants.at(step);
  if (plan.choice) {
    const at::Tensor probe = select_rows(inputs.at(plan.choice->value), rows);
    id = plan.choice->choose({.step = step,
                              .time = plan.process->clock(step),
                              .probe = probe,
                              .slots = session.slots,
                              .stamp = session.stamp,
                              .rows = rows});
  }
  const Part& planned = plan.variants[id];
  const bool readable = std::ranges::all_of(planned.loads, [&](const SlotLink& link) {
    return session.slots.valid(link.slot, session.stamp, rows);
  });
  return readable ? id : planned.fallback;
}

Rows rows_of(const Call& call, const Cohort& cohort) {
  Rows rows;
  for (std::size_t row = 0; row < call.rows.size(); ++row) {
    const std::int64_t place = call.rows[row].item - cohort.first;
    if (place >= 0 && place < cohort.count) rows.push_back(static_cast<std::int64_t>(row));
  }
  return rows;
}

std::vector<double> clocks(const Process& process, const Call& call, const Rows& rows) {
  std::vector<double> times;
  for (const std::int64_t row : rows)
    times.push_back(process.clock(call.rows[static_cast<std::size_t>(row)].step));
  return times;
}

}  // namespace

Groups choose_groups(SessionState& session, const Call& call, const nn::NamedTensors& inputs) {
  Groups groups;
  for (const Cohort& cohort : cohorts_of(call.steps)) {
    const Rows rows = rows_of(call, cohort);
    const VariantId variant = choose_variant(session, cohort.step, rows, inputs);
    const auto found = std::ranges::find(groups, variant, &Group::variant);
    const bool apart = found == groups.end() || session.plan->space_has_past;
    Group& group = apart ? groups.emplace_back(Group{variant, {}}) : *found;
    group.rows.insert(group.rows.end(), rows.begin(), rows.end());
  }
  for (Group& group : groups) std::ranges::sort(group.rows);
  return groups;
}

nn::NamedTensors load_slots(const SessionState& session, const Part& variant, const Call& call,
                            const Rows& rows) {
  const std::vector<double> times = clocks(*session.plan->process, call, rows);
  nn::NamedTensors values;
  for (const SlotLink& link : variant.loads)
    values[link.value] = session.slots.read(link.slot, session.stamp, rows, times);
  return values;
}

void store_slots(SessionState& session, const Part& variant, const Call& call, const Rows& rows,
                 const nn::NamedTensors& values) {
  const std::vector<double> times = clocks(*session.plan->process, call, rows);
  for (const SlotLink& link : variant.stores)
    session.slots.write(link.slot, values.empty() ? at::Tensor() : values.at(link.value),
                        session.stamp, rows, times);
}

}  // namespace latentrt::sampling
