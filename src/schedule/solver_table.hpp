#pragma once
/// The solvers, found by listing src/schedule/solvers/: each <stem>.cpp there defines `void
/// register_<stem>(SolverTable&)`, and the build generates register_all_solvers() from the listing.

#include <string>
#include <string_view>
#include <vector>

#include "base/settings.hpp"
#include "schedule/schedule.hpp"

namespace latentrt::schedule {

/// A checked RunShape.
struct Run {
  int steps = 50;   ///< that the schedule is made for
  int skipped = 0;  ///< how many of its first steps are left out (image-to-image)
  std::vector<double> timesteps{}, sigmas{};  ///< the caller's own, for solvers that take them
};

struct Solver {
  std::string name;        ///< as on the command line
  std::string class_name;  ///< the scheduler_config.json `_class_name` that means it; empty: none
  std::vector<OptionSpec> options;
  std::string help{};  ///< one sentence, without a full stop
  /// Keys of the class's configuration that change nothing here, whatever they say.
  std::vector<std::string> without_effect{};
  /// What the class takes for keys that its file does not have, where that is not the fallback.
  Options class_defaults{};
  bool takes_timesteps = false, takes_sigmas = false;  ///< whether a caller may give his own
  /// Coefficients in any equivalent form: make_trajectory() tidies and checks them.
  Trajectory (*build)(const Settings& settings, const Run& run) = nullptr;
};

class SolverTable {
 public:
  void add(Solver solver);

  /// By a name or class name with the same solver_key(). Throws Error(invalid_argument) that lists the names.
  const Solver& by_name(std::string_view name) const;
  /// Null where there is none.
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
