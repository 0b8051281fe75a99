#include "schedule/levels/spacing.hpp"

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "schedule/named.hpp"

namespace latentrt::schedule {
namespace {

int point_count(const Grid& grid) { return grid.steps + (grid.leaves_zero ? 1 : 0); }

std::vector<double> linspace_timesteps(const Grid& grid) {
  std::vector<double> ascending = linspace(0, grid.available - 1, point_count(grid));
  return {ascending.rbegin(), ascending.rend() - (grid.leaves_zero ? 1 : 0)};
}

std::vector<double> leading_timesteps(const Grid& grid) {
  const int stride = grid.available / point_count(grid);
  if (stride == 0) {
    fail(Code::invalid_argument, "{} steps do not fit into {} timesteps with leading spacing",
         grid.steps, grid.available);
  }
  std::vector<double> timesteps;
  for (int i = point_count(grid) - 1; i >= (grid.leaves_zero ? 1 : 0); --i) {
    timesteps.push_back(double(i) * stride + grid.offset);
  }
  return timesteps;
}

/// The stride is rounded like the additions that build a range from it; but unlike such a range,
/// this never has one step too many, as for some counts (61 of 1000: a last timestep of -1).
std::vector<double> trailing_timesteps(const Grid& grid) {
  const double stride = double(grid.train_timesteps) / grid.steps;
  const double start = grid.available;
  const double delta = (start - stride) - start;
  std::vector<double> timesteps;
  for (int i = 0; i < grid.steps && start + i * delta > 0; ++i) {
    timesteps.push_back(std::nearbyint(start + i * delta) - 1);
  }
  return timesteps;
}

using MakeTimesteps = std::vector<double> (*)(const Grid&);
constexpr Named<MakeTimesteps> kSpacings[] = {{"leading", leading_timesteps},
                                              {"linspace", linspace_timesteps},
                                              {"trailing", trailing_timesteps}};

}  // namespace

std::vector<double> linspace(double start, double stop, int count) {
  if (count == 1) return {start};
  const double step = (stop - start) / (count - 1);
  std::vector<double> values;
  for (int i = 0; i + 1 < count; ++i) values.push_back(i * step + start);
  values.push_back(stop);
  return values;
}

std::vector<double> rounded(std::vector<double> values) {
  std::transform(values.begin(), values.end(), values.begin(),
                 [](double value) { return std::nearbyint(value); });
  return values;
}

std::vector<double> spaced_timesteps(std::string_view spacing, const Grid& grid) {
  if (grid.available < 1)
    fail(Code::invalid_argument, "the schedule's options leave no timestep to visit");
  return find_named(kSpacings, spacing)(grid);
}

std::vector<double> without_first(const std::vector<double>& timesteps, int skipped) {
  if (static_cast<std::size_t>(skipped) >= timesteps.size()) {
    fail(Code::invalid_argument, "the strength leaves none of the schedule's {} steps",
         timesteps.size());
  }
  return {timesteps.begin() + skipped, timesteps.end()};
}

}  // namespace latentrt::schedule
