#pragma once
/// What all commands that make pictures have in common.

#include <CLI/CLI.hpp>
#include <functional>
#include <latentrt/sampler.hpp>
#include <memory>

#include "cli/latentrt/run_flags.hpp"

namespace latentrt::cli {

/// A command's request.
struct Task {
  std::function<void(const Session&)> check;
  std::function<Result(Session&, const StepCallback&)> run;
  Request request{};  ///< what decides, apart from sizes, how much the network computes
};
/// Reads the files that the flags name. `info`: of the model without its weights.
using MakeTask = std::function<Task(const PipelineInfo& info)>;

/// Makes the command run the task, check it before the model is read, and write pictures and
/// reports.
void run_on_ranks(CLI::App& command, const std::shared_ptr<RunFlags>& flags,
                  const MakeTask& make_task);

}  // namespace latentrt::cli
