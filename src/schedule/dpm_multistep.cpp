#include "schedule/dpm_multistep.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace latentrt::schedule {
namespace {

/// Weights of the newest estimate and of the ones before it.
using Estimates = std::array<double, 3>;

/// Expands the differences of the estimates over log(sigma). `sigmas` points at this step's own.
Estimates weights_of(const DpmUpdate& update, int order, const double* sigmas) {
  if (order == 1) return {update.value, 0, 0};
  const double h = std::log(sigmas[0] / sigmas[1]);
  const double back = std::log(sigmas[-1] / sigmas[0]) / h;
  if (order == 2) return {update.value + update.slope / back, -update.slope / back, 0};
  const double further = std::log(sigmas[-2] / sigmas[-1]) / h;
  const double whole = back + further;
  const double newer = (update.slope * (whole + back) + update.bend) / whole;
  const double older = -(update.slope * back + update.bend) / whole;
  return {update.value + newer / back, older / further - newer / back, -older / further};
}

}  // namespace

std::vector<OptionSpec> multistep_options(int order, std::string solver_type) {
  return {
      whole_option("solver_order", order, 1, 3, "Order of the solver"),
      // Names of other multistep solvers select the nearest one available here.
      choice_option("solver_type", std::move(solver_type),
                    {"midpoint", "heun", "logrho", "bh1", "bh2"},
                    "How steps of order 2 combine estimates; all but heun mean midpoint"),
      flag_option("lower_order_final", true,
                  "Lower the order of the last steps in runs of fewer than 15 steps"),
      flag_option("euler_at_final", false, "Take the last step with order 1"),
  };
}

int multistep_order(const Settings& settings, const std::vector<double>& sigmas, std::size_t first,
                    std::size_t index) {
  constexpr std::size_t kFewSteps = 15;
  const std::size_t steps = sigmas.size() - 1;
  const bool few = settings.flag("lower_order_final") && steps < kFewSteps;
  const bool low_end = sigmas.back() == 0 || settings.is_on("euler_at_final") || few;
  int order = std::min(settings.whole("solver_order"), static_cast<int>(index - first) + 1);
  if (index + 1 == steps && low_end) order = 1;
  if (index + 2 == steps && few) order = std::min(order, 2);
  if (order > 2 && sigmas[index - 2] == sigmas[index - 1]) order = 2;
  const bool flat =
      order > 1 && (sigmas[index - 1] == sigmas[index] || sigmas[index] == sigmas[index + 1]);
  return flat ? 1 : order;
}

Step DpmMultistep::step(Step call, const Linear& estimate, std::size_t index) const {
  const int order = multistep_order(settings, sigmas, first, index);
  const bool midpoint = order < 3 && settings.text("solver_type") != "heun";
  const DpmUpdate update =
      dpm_update(algorithm, midpoint, level(sigmas[index]), level(sigmas[index + 1]));
  const Estimates weights = weights_of(update, order, &sigmas[index]);
  call.sigma = sigmas[index];
  call.sample_weight = update.sample;
  add_to_next(call, weights[0], estimate);
  call.history_weights[0] = weights[1];
  call.history_weights[1] = weights[2];
  call.noise_weight = update.noise;
  call.draws_noise = algorithm.stochastic;
  if (settings.whole("solver_order") > 1) push(call, estimate);
  return call;
}

}  // namespace latentrt::schedule
