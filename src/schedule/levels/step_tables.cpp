#include "schedule/levels/step_tables.hpp"

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "schedule/levels/gits_table.hpp"

namespace latentrt::schedule {
namespace {

/// `timesteps` is empty if none are published.
struct Table {
  std::string_view name;
  std::vector<double> sigmas, timesteps;
};

std::vector<Table> tables() {
  return {{"ays_sd1",
           {14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0},
           {999, 850, 736, 645, 545, 455, 343, 233, 124, 24}},
          {"ays_sdxl",
           {14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.380, 0.234, 0.113, 0},
           {999, 845, 730, 587, 443, 310, 193, 116, 53, 13}},
          {"ays_svd", {700, 54.5, 15.886, 7.977, 4.248, 1.789, 0.981, 0.403, 0.173, 0.034, 0}, {}}};
}

Table table_called(std::string_view name) {
  const std::vector<Table> all = tables();
  const auto found = std::ranges::find(all, name, &Table::name);
  if (found == all.end()) fail(Code::internal, "no step table is called \"{}\"", name);
  return *found;
}

/// Evenly spaced over the indices in the list, with interpolated logarithms; the last one becomes
/// 0. `lowest` replaces a final 0.
std::vector<double> interpolated(std::vector<double> sigmas, double lowest, int steps) {
  sigmas.back() = lowest;
  const auto last = static_cast<double>(sigmas.size() - 1);
  std::vector<double> values;
  for (int i = 0; i < steps; ++i) {
    const double place = i * last / steps;
    const auto low = static_cast<std::size_t>(place);
    const double weight = place - std::floor(place);
    values.push_back(
        std::exp((1 - weight) * std::log(sigmas[low]) + weight * std::log(sigmas[low + 1])));
  }
  values.push_back(0);
  return values;
}

}  // namespace

OptionSpec step_table_option() {
  return choice_option("step_table", "none", {"none", "ays_sd1", "ays_sdxl", "ays_svd", "gits"},
                       "Published noise levels for few steps, instead of spaced ones: Align Your "
                       "Steps (Sabour et al. 2024) or GITS (Chen et al. 2024)");
}

std::vector<double> table_sigmas(std::string_view table, int steps) {
  if (table == "gits") {
    const int listed = std::min(steps, kMostGitsSteps);
    const std::vector<double> sigmas = gits_sigmas(listed);
    return steps == listed ? sigmas : interpolated(sigmas, kLowestGitsSigma, steps);
  }
  const std::vector<double> sigmas = table_called(table).sigmas;
  if (std::ssize(sigmas) == steps + 1) return sigmas;
  constexpr double kLowestOfStableDiffusion = 0.0291671582, kLowestOfVideo = 0.002;
  return interpolated(sigmas, table == "ays_svd" ? kLowestOfVideo : kLowestOfStableDiffusion,
                      steps);
}

std::vector<double> table_timesteps(std::string_view table, int steps) {
  if (table == "gits") return {};
  const std::vector<double> timesteps = table_called(table).timesteps;
  return std::ssize(timesteps) == steps ? timesteps : std::vector<double>{};
}

}  // namespace latentrt::schedule
