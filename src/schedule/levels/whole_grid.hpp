#pragma once
/// The grid of the multistep solvers in log(sigma) (DPM-Solver, DEIS, UniPC): the network is called
/// with integer timesteps, the update uses exact sigmas.

#include <optional>
#include <string_view>
#include <vector>

#include "schedule/levels/sigmas.hpp"

namespace latentrt::schedule {

/// Integer timesteps, falling, and one more sigma than timesteps.
struct WholeGrid {
  std::vector<double> timesteps, sigmas;

  std::size_t steps() const noexcept { return timesteps.size(); }
};

/// The differences between the solvers.
struct WholeGridRules {
  Respacing respacing = Respacing::none;
  std::string_view spacing = "linspace";
  int offset = 0;                  ///< steps_offset
  std::optional<int> available{};  ///< only the first this many training timesteps are visited
  /// Karras and Lu sigmas have the nearest timesteps, unless this is false: then those below, like
  /// exponential and beta sigmas.
  bool nearest = true;
};

/// The grid of a run, without its last sigma.
WholeGrid whole_grid(const Settings& settings, const SigmaTable& table, const Run& run,
                     const WholeGridRules& rules);

/// The grid of a run that ends at the lowest level of the training, or repeats the last of respaced
/// sigmas.
WholeGrid grid_to_lowest(const Settings& settings, const SigmaTable& table, const Run& run,
                         const WholeGridRules& rules);

/// Number of training timesteps whose log signal-to-noise ratio lambda = -log(sigma) is not below
/// lambda_min_clipped.
int available_timesteps(const Settings& settings, const SigmaTable& table);
/// The option that it reads.
OptionSpec lambda_min_option();

}  // namespace latentrt::schedule
