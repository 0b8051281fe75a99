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
  int simulated = 0;     ///< 0: as the accelerators say
  double deadline = 60;  ///< seconds
  std::string transport = "auto";

  void add_to(CLI::App& app);

  /// Tells the accelerator "patch" how many ranks it simulates. Throws Error(invalid_argument) when none takes the number.
  void tell(std::vector<AcceleratorChoice>& accelerators) const;

  /// Joins the other processes and does the work as one of them, on a device of its own; what ends it is told to them.
  /// Flags that are not among `own` must be the same everywhere.
  void run(const CLI::App& command, const std::vector<std::string>& own, DeviceFlags& device,
           const std::function<void(const Ranks&)>& work) const;
};

}  // namespace latentrt::cli
