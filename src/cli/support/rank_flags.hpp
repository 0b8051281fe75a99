#pragma once
/// Flags of commands that several processes, or simulated ranks, can share.

#include <CLI/CLI.hpp>
#include <functional>
#include <latentrt/accelerator.hpp>
#include <latentrt/ranks.hpp>
#include <string>
#include <vector>

#include "cli/support/model_flags.hpp"

namespace latentrt::cli {

struct RankFlags {
  int simulated = 0;     ///< 0: the accelerators' own setting
  double deadline = 60;  ///< seconds
  std::string transport = "auto";

  void add_to(CLI::App& app);

  /// Sets the number of simulated ranks of the accelerator "patch". Throws Error(invalid_argument)
  /// if no accelerator takes it.
  void set_simulated(std::vector<AcceleratorChoice>& accelerators) const;

  /// Joins the other processes and does the work as one of them, on its own device; an exception is
  /// forwarded to them. Flags that are not in `own` must be the same everywhere.
  void run(const CLI::App& command, const std::vector<std::string>& own, DeviceFlags& device,
           const std::function<void(const Ranks&)>& work) const;
};

}  // namespace latentrt::cli
