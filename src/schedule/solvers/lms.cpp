/// Linear multistep (Adams-Bashforth) over sigma: the polynomial through the last four slopes is
/// integrated exactly (k-diffusion's "lms").
#include <algorithm>
#include <span>

#include "schedule/common_options.hpp"
#include "schedule/euler_family.hpp"
#include "schedule/lagrange.hpp"
#include "schedule/levels/step_tables.hpp"

namespace latentrt::schedule {
namespace {

constexpr std::size_t kOrder = std::tuple_size_v<Polynomial>;

std::vector<OptionSpec> options() {
  return joined({beta_options(0.0001, 0.02, "linear"),
                 spacing_options("linspace"),
                 sigma_options(),
                 respacing_options(),
                 prediction_options({"epsilon", "v_prediction", "sample"}),
                 {step_table_option()}});
}

/// The integral over [0, end].
double integral(const Polynomial& polynomial, double end) {
  double sum = 0;
  for (std::size_t k = kOrder; k-- > 0;)
    sum = (sum + polynomial[k] / static_cast<double>(k + 1)) * end;
  return sum;
}

/// Integrals from sigma to the next one of the Lagrange polynomials through the last `order`
/// sigmas, the newest first. `sigmas` points at the step's own.
Polynomial weights_of(std::size_t order, const double* sigmas) {
  Polynomial places{}, weights{};
  for (std::size_t j = 0; j < order; ++j) places[j] = *(sigmas - j) - sigmas[0];
  for (std::size_t j = 0; j < order; ++j)
    weights[j] =
        integral(lagrange_polynomial(std::span(places).first(order), j), sigmas[1] - sigmas[0]);
  return weights;
}

/// In image-to-image the order follows from the index in the whole schedule, although there are
/// fewer slopes: missing ones are omitted, as in diffusers.
Trajectory build(const Settings& settings, const Run& run) {
  const EulerGrid grid = euler_grid(settings, run, {.own_karras_ends = true});
  return euler_trajectory(settings, run, grid, [&](std::size_t i, std::vector<Step>& calls) {
    const double sigma = grid.sigmas[i];
    const Polynomial weights = weights_of(std::min(i + 1, kOrder), &grid.sigmas[i]);
    Step step = call_at(settings, grid.timesteps[i], sigma);
    const Linear slope{.sample = (1 - step.x0_from_sample) / sigma,
                       .output = -step.x0_from_output / sigma};
    step.sample_weight = 1;
    add_to_next(step, weights[0], slope);
    for (std::size_t j = 0; j < std::min(calls.size(), kOrder - 1); ++j)
      step.history_weights[j] = weights[j + 1];
    push(step, slope);
    calls.push_back(step);
  });
}

}  // namespace

void register_lms(SolverTable& table) {
  table.add({.name = "lms",
             .class_name = "LMSDiscreteScheduler",
             .options = options(),
             .help = "Linear multistep steps of order 4 over sigma (Karras et al. 2022)",
             .takes_timesteps = true,
             .takes_sigmas = true,
             .build = build});
}

}  // namespace latentrt::schedule
