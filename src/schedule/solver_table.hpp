#pragma once
/// The table of solvers, generated from the files in src/schedule/solvers/: each <stem>.cpp there
/// defines `void register_<stem>(SolverTable&)`, and the build generates register_all_solvers()
/// from the listing.

#include <string>
#include <string_view>
#include <vector>

#include "base/settings.hpp"
#include "schedule/schedule.hpp"

namespace latentrt::schedule {

/// A checked RunShape.
struct Run {
  int steps = 50;   ///< length of the schedule
  int skipped = 0;  ///< number of its first steps that are skipped (image-to-image)
  std::vector<double> timesteps{}, sigmas{};  ///< given by the caller, for solvers that take them
  Roots roots = nullptr;                      ///< as in RunShape
};

struct Solver {
  std::string name;  ///< on the command line
  /// the `_class_name` of a scheduler_config.json that selects it; empty: none
  std::string class_name;
  std::vector<OptionSpec> options;
  std::string help{};  ///< one sentence, without a full stop
  /// Keys of the class's configuration that have no effect here, whatever their value.
  std::vector<std::string> without_effect{};
  /// Defaults of the class for absent keys, where they differ from the option's default.
  Options class_defaults{};
  /// Other classes with the same configuration and the same steps.
  std::vector<std::string> more_classes{};
  /// Whether it is for networks that were trained as Karras et al. 2022 do (EDM), and for no
  /// others.
  bool edm = false;
  bool takes_timesteps = false, takes_sigmas = false;  ///< whether callers may pass their own
  /// Coefficients in any equivalent form: make_trajectory() simplifies and checks them.
  Trajectory (*build)(const Settings& settings, const Run& run) = nullptr;
};

class SolverTable {
 public:
  void add(Solver solver);

  /// Finds a name or class name with the same solver_key(). Throws Error(invalid_argument) that
  /// lists the names.
  const Solver& by_name(std::string_view name) const;
  /// Null if there is none.
  const Solver* by_class(std::string_view class_name) const;
  /// In alphabetical order.
  std::vector<std::string> names() const;
  /// Sorted by name.
  const std::vector<Solver>& solvers() const noexcept { return solvers_; }

 private:
  std::vector<Solver> solvers_;  // sorted by name
};

void register_all_solvers(SolverTable& table);

}  // namespace latentrt::schedule
