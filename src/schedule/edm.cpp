#include "schedule/edm.hpp"

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "schedule/common_options.hpp"
#include "schedule/levels/spacing.hpp"

namespace latentrt::schedule {
namespace {

constexpr double kLeastSigma = 1e-6, kMostSigma = 1e6;

void check_ends(const Settings& settings) {
  const double low = settings.number("sigma_min"), high = settings.number("sigma_max");
  if (low < high) return;
  fail(Code::invalid_argument, "{}: sigma_min = {} is not below sigma_max = {}", settings.owner(),
       low, high);
}

}  // namespace

std::vector<OptionSpec> edm_options() {
  return joined({{number_option("sigma_min", 0.002, kLeastSigma, kMostSigma, "Lowest noise level"),
                  number_option("sigma_max", 80, kLeastSigma, kMostSigma, "Highest noise level"),
                  number_option("sigma_data", 0.5, kLeastSigma, kMostSigma,
                                "Standard deviation of the data that the network was trained on"),
                  choice_option("sigma_schedule", "karras", {"karras", "exponential"},
                                "How noise levels are spaced: evenly in sigma^(1/rho), or in "
                                "log(sigma)"),
                  number_option("rho", 7, 0.1, 100, "Exponent of the karras schedule"),
                  final_sigmas_option(), train_timesteps_option()},
                 prediction_options({"epsilon", "v_prediction"})});
}

std::vector<double> edm_sigmas(const Settings& settings, int steps) {
  check_ends(settings);
  const double low = settings.number("sigma_min"), high = settings.number("sigma_max");
  std::vector<double> sigmas;
  if (settings.text("sigma_schedule") == "exponential") {
    sigmas = linspace(std::log(low), std::log(high), steps);
    std::ranges::reverse(sigmas);
    for (double& sigma : sigmas) sigma = static_cast<float>(std::exp(sigma));
    return sigmas;
  }
  const double root = 1 / settings.number("rho");
  const double first = std::pow(high, root), last = std::pow(low, root);
  for (const double share : linspace(0, 1, steps))
    sigmas.push_back(static_cast<float>(std::pow(first + share * (last - first), 1 / root)));
  return sigmas;
}

Step edm_call(const Settings& settings, double sigma) {
  const double data = settings.number("sigma_data"), total = sigma * sigma + data * data;
  const double sign = settings.text("prediction_type") == "epsilon" ? 1 : -1;
  Step call =
      make_step(static_cast<float>(std::log(sigma) / 4),
                {.sample = data * data / total, .output = sign * sigma * data / std::sqrt(total)},
                clip_of(settings));
  call.input_scale = 1 / std::sqrt(total);
  call.sigma = sigma;
  return call;
}

Trajectory edm_trajectory(const Settings& settings, double sigma) {
  const double highest = settings.number("sigma_max");
  Trajectory trajectory;
  trajectory.initial_noise_scale = std::sqrt(highest * highest + 1);
  trajectory.image_weight = 1;
  trajectory.noise_weight = sigma;
  return trajectory;
}

}  // namespace latentrt::schedule
