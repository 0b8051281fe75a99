#include "sampling/run.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>

#include "base/cancel.hpp"
#include "base/fail.hpp"
#include "sampling/gaussian/gaussian.hpp"

namespace latentrt::sampling {
namespace {

using Clock = std::chrono::steady_clock;

std::uint64_t next_run() {
  static std::atomic<std::uint64_t> counter{0};
  return ++counter;
}

/// The rows of one call, which are all at the same step.
struct CallRows {
  CallRows(std::int64_t count, double clock)
      : rows(row_range(0, count)), times(rows.size(), clock) {}

  Rows rows;
  std::vector<double> times;
};

/// The variant planned for the step, or its fallback when a slot that it reads is not valid.
VariantId choose_variant(SessionState& session, std::size_t step, const CallRows& call,
                         const nn::NamedTensors& inputs) {
  const Plan& plan = *session.plan;
  const VariantId id = plan.probe ? plan.probe->choose({.step = step,
                                                        .time = call.times.front(),
                                                        .probe = inputs.at(plan.probe->value),
                                                        .slots = session.slots,
                                                        .stamp = session.stamp,
                                                        .rows = call.rows})
                                  : plan.step_variants[step];
  const Variant& planned = plan.variants[id];
  const bool readable = std::ranges::all_of(planned.loads, [&](const SlotLink& link) {
    return session.slots.valid(link.slot, session.stamp, call.rows);
  });
  return readable ? id : planned.fallback;
}

/// Null where the plan goes node by node.
Launch* launch_of(SessionState& session) {
  const Plan& plan = *session.plan;
  if (plan.make_launch && !session.launch) session.launch = plan.make_launch(plan);
  return session.launch.get();
}

nn::NamedTensors run_network(SessionState& session, const nn::Program& program,
                             const nn::NamedTensors& inputs) {
  const Plan& plan = *session.plan;
  if (Launch* const launch = launch_of(session)) return launch->run(program, inputs);
  if (!plan.make_space) return run_program(plan, program, inputs);
  if (!session.space) {
    const std::int64_t rows = inputs.at(program.band_input()).size(2);
    session.space = plan.make_space(plan, rows, session.ranks);
  }
  return session.space->run(program, inputs);
}

void load_slots(SessionState& session, const Variant& variant, const CallRows& call,
                nn::NamedTensors& inputs) {
  for (const SlotLink& link : variant.loads)
    inputs[link.value] = session.slots.read(link.slot, session.stamp, call.rows, call.times);
}

void store_slots(SessionState& session, const Variant& variant, const CallRows& call,
                 const nn::NamedTensors& outputs) {
  for (const SlotLink& link : variant.stores)
    session.slots.write(link.slot, outputs.at(link.value), session.stamp, call.rows, call.times);
}

nn::NamedTensors run_variant(SessionState& session, const Variant& variant, const CallRows& call,
                             nn::NamedTensors inputs) {
  load_slots(session, variant, call, inputs);
  nn::NamedTensors outputs = run_network(session, variant.program, inputs);
  store_slots(session, variant, call, outputs);
  return outputs;
}

/// The network's inputs apart from sample and timestep, and what the prompt's prologue computed from them.
struct Conditions {
  nn::NamedTensors values;
  std::int64_t rows;

  /// The conditional half, for calls without guidance.
  Conditions conditional() const {
    Conditions half{{}, rows / 2};
    for (const auto& [name, value] : values)
      half.values[name] = value.narrow(0, half.rows, half.rows);
    return half;
  }
};

/// What went wrong between ranks, with the step at which it did.
template <class Work>
auto at_step(std::size_t i, std::size_t steps, const Work& work) {
  try {
    return work();
  } catch (const Error& error) {
    if (error.code() != Code::rank_failed) throw;
    fail(Code::rank_failed, "step {} of {}: {}", i + 1, steps, error.what());
  }
}

/// What the call needs of the sample's shape: slots are of one picture size.
void stamp_rows(SessionState& session, const nn::NamedTensors& inputs) {
  const auto names = session.plan->denoiser.program->inputs_that_change(nn::Changes::per_call);
  session.stamp.row_shape = inputs.at(names.front()).sizes().slice(1).vec();
}

/// One call from the network's inputs to the next state; returns the network's outputs for those who look at estimates.
nn::NamedTensors advance(SessionState& session, const Call& call, const Conditions& conditions) {
  const Plan& plan = *session.plan;
  nn::NamedTensors inputs = conditions.values;
  plan.process->step_inputs(call.index, conditions.rows, plan.denoiser, inputs);
  inputs.merge(run_program(plan, plan.time_prologue, inputs));
  plan.process->state_inputs(session.state, call, plan.denoiser, inputs);
  stamp_rows(session, inputs);
  if (plan.probe) inputs.merge(run_program(plan, plan.probe->program, inputs));
  const CallRows rows(conditions.rows, plan.process->clock(call.index));
  session.decisions.push_back(choose_variant(session, call.index, rows, inputs));
  nn::NamedTensors outputs =
      run_variant(session, plan.variants[session.decisions.back()], rows, std::move(inputs));
  plan.process->advance(session.state, call, outputs, session.noise);
  return outputs;
}

/// The same as one work of the device, of a Gaussian process.
nn::NamedTensors advance_at_once(SessionState& session, const Call& call,
                                 const Conditions& conditions) {
  const Plan& plan = *session.plan;
  const Gaussian& gaussian = gaussian_of(plan);
  if (!session.recorded) session.recorded.emplace(plan);
  session.stamp.row_shape = session.sample().sizes().slice(1).vec();
  nn::NamedTensors inputs = conditions.values;
  const CallRows rows(conditions.rows, gaussian.clock(call.index));
  const VariantId id = choose_variant(session, call.index, rows, inputs);
  session.decisions.push_back(id);
  const Variant& variant = plan.variants[id];
  load_slots(session, variant, rows, inputs);
  nn::NamedTensors outputs = session.recorded->run(
      *launch_of(session), {.index = call.index, .variant = id, .guided = call.guidance.active()},
      session.sample(), gaussian.draw(session.state, call.index, session.noise), std::move(inputs));
  store_slots(session, variant, rows, outputs);
  session.sample() = outputs.at("next");
  return outputs;
}

/// Where guidance ends, the unconditional rows leave and the others keep what they have.
void follow_guidance(SessionState& session, std::size_t call) {
  if (!session.plan->rows_change_at(call)) return;
  if (!session.plan->rows_only_leave_at(call)) return session.slots.reset();
  session.gather(row_range(session.items(), session.items()));
}

}  // namespace

nn::NamedTensors run_program(const Plan& plan, const nn::Program& program,
                             const nn::NamedTensors& inputs) {
  return plan.denoiser.run(program, inputs);
}

void SessionState::begin(const std::vector<std::uint64_t>& seeds) {
  noise = NoiseSource(seeds);
  state.clear();
  slots.reset();
  space.reset();
  decisions.clear();
  stamp = {.run = next_run(), .weight_epoch = plan->denoiser.weights->epoch(), .row_shape = {}};
}

void run_steps(SessionState& session, const nn::NamedTensors& conditioning,
               const ProgressCallback& on_step) {
  const Plan& plan = *session.plan;
  const Process& process = *plan.process;
  Conditions guided{conditioning, session.items() * plan.guidance.rows_per_picture()};
  guided.values.merge(run_program(plan, plan.prompt_prologue, conditioning));
  const Conditions conditional = plan.guidance.active() ? guided.conditional() : guided;
  const auto one_call = plan.records_steps ? advance_at_once : advance;
  for (std::size_t i = 0; !process.done(session.state, i); ++i) {
    check_cancelled();
    const auto start = Clock::now();
    const Call call{.index = i, .guidance = plan.guidance.at(i)};
    follow_guidance(session, i);
    const Conditions& conditions = call.guidance.active() ? guided : conditional;
    const State before = session.state;
    const nn::NamedTensors outputs =
        at_step(i, process.calls(), [&] { return one_call(session, call, conditions); });
    if (!on_step) continue;
    on_step({.step = i + 1,
             .steps = process.calls(),
             .timestep = process.timestep(i),
             .seconds = std::chrono::duration<double>(Clock::now() - start).count(),
             .estimate = [&] { return process.estimate(before, call, outputs); }});
  }
  check_cancelled();
}

}  // namespace latentrt::sampling
