#include "sampling/run.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/isfinite.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>

#include "base/cancel.hpp"
#include "base/fail.hpp"
#include "nn/weights/scalar_type.hpp"
#include "sampling/gaussian/update.hpp"

namespace latentrt::sampling {
namespace {

using Clock = std::chrono::steady_clock;

std::uint64_t next_run() {
  static std::atomic<std::uint64_t> counter{0};
  return ++counter;
}

/// The variant planned for the step, or its fallback when a slot that it reads is not valid.
VariantId choose_variant(SessionState& session, std::size_t step, const nn::NamedTensors& inputs) {
  const Plan& plan = *session.plan;
  const VariantId id =
      plan.probe ? plan.probe->choose({.step = step,
                                       .time = schedule::log_snr(plan.trajectory.steps[step]),
                                       .probe = inputs.at(plan.probe->value),
                                       .slots = session.slots,
                                       .stamp = session.stamp})
                 : plan.step_variants[step];
  const Variant& planned = session.plan->variants[id];
  const bool readable = std::all_of(
      planned.loads.begin(), planned.loads.end(),
      [&](const SlotLink& link) { return session.slots.valid(link.slot, session.stamp); });
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
  if (!session.space) session.space = plan.make_space(plan, session.sample.size(2), session.ranks);
  return session.space->run(program, inputs);
}

void load_slots(SessionState& session, const Variant& variant, double time,
                nn::NamedTensors& inputs) {
  for (const SlotLink& link : variant.loads)
    inputs[link.value] = session.slots.read(link.slot, session.stamp, time);
}

void store_slots(SessionState& session, const Variant& variant, double time,
                 const nn::NamedTensors& outputs) {
  for (const SlotLink& link : variant.stores)
    session.slots.write(link.slot, outputs.at(link.value), session.stamp, time);
}

at::Tensor run_variant(SessionState& session, const Variant& variant, double time,
                       nn::NamedTensors inputs) {
  load_slots(session, variant, time, inputs);
  const nn::NamedTensors outputs = run_network(session, variant.program, inputs);
  store_slots(session, variant, time, outputs);
  return outputs.at("out");
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

/// With what follows the timestep, for all rows of the call.
nn::NamedTensors step_conditions(const Plan& plan, double timestep, const Conditions& conditions) {
  const auto options = at::TensorOptions(plan.denoiser.device()).dtype(at::kFloat);
  nn::NamedTensors values = conditions.values;
  values["timestep"] = at::full({conditions.rows}, timestep, options);
  values.merge(run_program(plan, plan.time_prologue, values));
  return values;
}

void remember(SessionState& session, const schedule::Step& step, at::Tensor pushed) {
  auto& history = session.history;
  history.erase(history.begin(),
                history.begin() + std::min<std::ptrdiff_t>(step.drops, std::ssize(history)));
  if (!pushed.defined()) return;
  history.push_front(std::move(pushed));
  if (history.size() > schedule::kMaxHistory) history.pop_back();
}

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

at::Tensor drawn_noise(SessionState& session, const schedule::Step& step) {
  if (!step.draws_noise) return {};
  return session.noise.draw(session.sample.sizes().vec(), session.sample.device());
}

/// One step from network input to the next sample; returns the network's output for those who look at estimates.
at::Tensor advance(SessionState& session, std::size_t i, const GuidancePolicy& guidance,
                   const Conditions& conditions) {
  const Plan& plan = *session.plan;
  const schedule::Step& step = plan.trajectory.steps[i];
  nn::NamedTensors inputs = step_conditions(plan, step.timestep, conditions);
  inputs["sample"] = network_input(
      plan, guidance, step.input_scale == 1 ? session.sample : session.sample * step.input_scale);
  session.stamp.row_shape = inputs["sample"].sizes().slice(1).vec();
  if (plan.probe) inputs.merge(run_program(plan, plan.probe->program, inputs));
  session.decisions.push_back(choose_variant(session, i, inputs));
  const at::Tensor output = run_variant(session, plan.variants[session.decisions.back()],
                                        schedule::log_snr(step), std::move(inputs));
  Updated updated =
      update(step, guidance, session.sample, output, session.history, drawn_noise(session, step));
  session.sample = std::move(updated.sample);
  remember(session, step, std::move(updated.pushed));
  return output;
}

/// The same as one work of the device.
at::Tensor advance_at_once(SessionState& session, std::size_t i, const GuidancePolicy& guidance,
                           const Conditions& conditions) {
  const Plan& plan = *session.plan;
  const schedule::Step& step = plan.trajectory.steps[i];
  if (!session.recorded) session.recorded.emplace(plan);
  session.stamp.row_shape = session.sample.sizes().slice(1).vec();
  nn::NamedTensors inputs = conditions.values;
  const VariantId id = choose_variant(session, i, inputs);
  session.decisions.push_back(id);
  const Variant& variant = plan.variants[id];
  load_slots(session, variant, schedule::log_snr(step), inputs);
  const nn::NamedTensors outputs = session.recorded->run(
      *launch_of(session), {.index = i, .variant = id, .guided = guidance.active()}, session.sample,
      drawn_noise(session, step), std::move(inputs));
  store_slots(session, variant, schedule::log_snr(step), outputs);
  session.sample = outputs.at("next");
  return outputs.at("out");
}

/// Where guidance ends, the unconditional rows leave and the others keep what they have.
void follow_guidance(SessionState& session, std::size_t call) {
  if (!session.plan->rows_change_at(call)) return;
  if (!session.plan->rows_only_leave_at(call)) return session.slots.reset();
  const std::int64_t pictures = session.sample.size(0);
  session.gather(at::arange(pictures, 2 * pictures, session.sample.options().dtype(at::kLong)));
}

}  // namespace

nn::NamedTensors run_program(const Plan& plan, const nn::Program& program,
                             const nn::NamedTensors& inputs) {
  return plan.denoiser.run(program, inputs);
}

at::Tensor network_input(const Plan& plan, const GuidancePolicy& guidance,
                         const at::Tensor& scaled) {
  std::vector<std::int64_t> repeats(static_cast<std::size_t>(scaled.dim()), 1);
  repeats[0] = guidance.rows_per_picture();
  return plan.denoiser.placed("sample", scaled.repeat(repeats));
}

void SessionState::gather(const at::Tensor& rows) { slots.gather_rows(rows); }

void SessionState::begin(const std::vector<std::uint64_t>& seeds) {
  noise = NoiseSource(seeds);
  history.clear();
  slots.reset();
  space.reset();
  decisions.clear();
  stamp = {.run = next_run(), .weight_epoch = plan->denoiser.weights->epoch(), .row_shape = {}};
}

void run_steps(SessionState& session, const nn::NamedTensors& conditioning,
               const ProgressCallback& on_step) {
  const c10::InferenceMode guard;
  const Plan& plan = *session.plan;
  const auto& steps = plan.trajectory.steps;
  const std::int64_t pictures = session.sample.size(0);
  Conditions guided{conditioning, pictures * plan.guidance.rows_per_picture()};
  guided.values.merge(run_program(plan, plan.prompt_prologue, conditioning));
  const Conditions conditional = plan.guidance.active() ? guided.conditional() : guided;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    check_cancelled();
    const auto start = Clock::now();
    const GuidancePolicy guidance = plan.guidance.at(i);
    follow_guidance(session, i);
    const Conditions& conditions = guidance.active() ? guided : conditional;
    const at::Tensor before = session.sample;
    const auto one_step = plan.records_steps ? advance_at_once : advance;
    const at::Tensor output =
        at_step(i, steps.size(), [&] { return one_step(session, i, guidance, conditions); });
    if (!on_step) continue;
    on_step({.step = i + 1,
             .steps = steps.size(),
             .timestep = steps[i].timestep,
             .seconds = std::chrono::duration<double>(Clock::now() - start).count(),
             .estimate = [&] { return clean_estimate(steps[i], guidance, before, output); }});
  }
  check_cancelled();
}

void check_finite(const at::Tensor& sample) {
  if (!at::isfinite(sample).all().item<bool>()) {
    fail(Code::non_finite,
         "the sampled latents hold NaN or infinity; another dtype or guidance scale may help");
  }
}

}  // namespace latentrt::sampling
