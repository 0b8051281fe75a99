#pragma once
/// The common part of all commands that make pictures.

#include <CLI/CLI.hpp>
#include <functional>
#include <latentrt/sampler.hpp>
#include <memory>
#include <utility>

#include "cli/latentrt/run_flags.hpp"

namespace latentrt::cli {

/// A command's request.
struct Task {
  std::function<void(const Session&)> check;
  std::function<Result(Session&, const StepCallback&)> run;
  Request request{};  ///< settings, apart from sizes, that determine how much the network computes
};
/// Makes the task of a request from the functions of its public header. `equivalent`:
/// Task::request.
template <class Asked, class Check, class Run>
Task task_of(Asked asked, const Check& check, const Run& run, Request equivalent = {}) {
  const auto kept = std::make_shared<const Asked>(std::move(asked));
  return {
      [=](const Session& session) { check(session, *kept); },
      [=](Session& session, const StepCallback& on_step) { return run(session, *kept, on_step); },
      std::move(equivalent)};
}

/// Reads the files that the flags name.
using MakeTask = std::function<Task()>;

/// Makes the command check the task before the model is read, run it, and write pictures and
/// reports.
void run_on_ranks(CLI::App& command, const std::shared_ptr<RunFlags>& flags,
                  const MakeTask& make_task);

}  // namespace latentrt::cli
