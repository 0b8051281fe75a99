#include "schedule/levels/whole_grid.hpp"

#include <cmath>
#include <limits>

#include "schedule/levels/spacing.hpp"

namespace latentrt::schedule {
namespace {

WholeGrid spaced(const SigmaTable& table, const Run& run, const WholeGridRules& rules) {
  WholeGrid grid;
  grid.timesteps = run.timesteps;
  if (grid.timesteps.empty()) {
    grid.timesteps = rounded(
        spaced_timesteps(rules.spacing, {.train_timesteps = table.size(),
                                         .available = rules.available.value_or(table.size()),
                                         .steps = run.steps,
                                         .offset = rules.offset,
                                         .leaves_zero = true}));
  }
  for (const double timestep : grid.timesteps) grid.sigmas.push_back(table.at(timestep));
  return grid;
}

WholeGrid respaced(const Settings& settings, const SigmaTable& table, int steps,
                   const WholeGridRules& rules) {
  const bool nearest = rules.nearest && rules.respacing != Respacing::exponential &&
                       rules.respacing != Respacing::beta;
  WholeGrid grid;
  grid.sigmas =
      respaced_sigmas(rules.respacing, settings, table.smallest(), table.largest(), steps);
  for (const double sigma : grid.sigmas) {
    const double timestep = table.timestep_of(sigma);
    grid.timesteps.push_back(nearest ? std::nearbyint(timestep) : std::floor(timestep));
  }
  return grid;
}

}  // namespace

WholeGrid whole_grid(const Settings& settings, const SigmaTable& table, const Run& run,
                     const WholeGridRules& rules) {
  return rules.respacing == Respacing::none ? spaced(table, run, rules)
                                            : respaced(settings, table, run.steps, rules);
}

WholeGrid grid_to_lowest(const Settings& settings, const SigmaTable& table, const Run& run,
                         const WholeGridRules& rules) {
  WholeGrid grid = whole_grid(settings, table, run, rules);
  const bool respaced = rules.respacing != Respacing::none;
  const double last = respaced ? static_cast<float>(grid.sigmas.back()) : table.smallest();
  grid.sigmas = finished_sigmas(grid.sigmas, last);
  return grid;
}

int available_timesteps(const Settings& settings, const SigmaTable& table) {
  const double least = settings.number("lambda_min_clipped");
  int available = table.size();
  while (available > 0 && -std::log(table.at(available - 1)) < least) --available;
  return available;
}

OptionSpec lambda_min_option() {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  return number_option("lambda_min_clipped", -kInfinity, -kInfinity, 100,
                       "Leave out timesteps at which -log(sigma) is lower");
}

}  // namespace latentrt::schedule
