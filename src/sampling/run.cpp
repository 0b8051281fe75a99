#include "sampling/run.hpp"

#include <utility>

#include "base/cancel.hpp"
#include "base/fail.hpp"
#include "base/stopwatch.hpp"
#include "sampling/advance.hpp"
#include "sampling/leavers.hpp"

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

/// All items at the same step.
Turn turn_to(std::size_t step, Rows from) {
  std::vector<std::size_t> steps(from.size(), step);
  return {std::move(from), std::move(steps)};
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
  Leavers leavers(session.items());
  Rows from = leavers.places();
  for (std::size_t i = 0; !from.empty() && !process.done(session.state, i); ++i) {
    check_cancelled();
    Stopwatch watch;
    const State before = session.state;
    const Advanced made = advance_at(session, i, turn_to(i, std::move(from)));
    session.decisions.push_back(made.groups.front().variant);
    if (on_step)
      on_step({.step = i + 1,
               .steps = process.calls(),
               .timestep = process.timestep(i),
               .seconds = watch.lap(),
               .estimate = [&] { return process.estimate(before, made.call, made.outputs); },
               .items = leavers.places()});
    from = leavers.let_go(session);
  }
  leavers.bring_back(session);
  check_cancelled();
}

}  // namespace latentrt::sampling
