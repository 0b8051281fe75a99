#include "sampling/run.hpp"

#include "base/cancel.hpp"
#include "base/fail.hpp"
#include "base/stopwatch.hpp"
#include "sampling/advance.hpp"

namespace latentrt::sampling {
namespace {

/// Adds the step to the error of a failed rank.
Advanced advance_at(SessionState& session, std::size_t step, const Turn& turn) {
  try {
    return advance(session, turn);
  } catch (const Error& error) {
    if (error.code() != Code::rank_failed) throw;
    fail(Code::rank_failed, "step {} of {}: {}", step + 1, session.plan->process->calls(),
         error.what());
  }
}

/// All items at the same step, in their places.
Turn turn_to(std::size_t step, std::int64_t items) {
  return {row_range(0, items), std::vector<std::size_t>(static_cast<std::size_t>(items), step)};
}

void set_prompts(SessionState& session, const nn::NamedTensors& conditioning) {
  const Plan& plan = *session.plan;
  const PromptPtr prompt = prepare_prompt(plan, conditioning, plan.guidance.active());
  for (std::int64_t item = 0; item < session.items(); ++item)
    session.prompts.push_back({prompt, item});
}

}  // namespace

void run_steps(SessionState& session, const nn::NamedTensors& conditioning,
               const ProgressCallback& on_step) {
  const Process& process = *session.plan->process;
  set_prompts(session, conditioning);
  for (std::size_t i = 0; !process.done(session.state, i); ++i) {
    check_cancelled();
    Stopwatch watch;
    const State before = session.state;
    const Advanced made = advance_at(session, i, turn_to(i, session.items()));
    session.decisions.push_back(made.groups.front().variant);
    if (!on_step) continue;
    on_step({.step = i + 1,
             .steps = process.calls(),
             .timestep = process.timestep(i),
             .seconds = watch.lap(),
             .estimate = [&] { return process.estimate(before, made.call, made.outputs); }});
  }
  check_cancelled();
}

}  // namespace latentrt::sampling
