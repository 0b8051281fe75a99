#include "schedule/levels/signal_levels.hpp"

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "schedule/levels/betas.hpp"
#include "schedule/levels/spacing.hpp"

namespace latentrt::schedule {
namespace {

double signal(double alphas_cumprod) { return std::sqrt(alphas_cumprod); }
double noise(double alphas_cumprod) { return std::sqrt(1 - alphas_cumprod); }

/// Displays need a finite value even where the signal is zero: that of the sigma tables.
double display_sigma(double alphas_cumprod) {
  return noise(alphas_cumprod) / signal(std::max(alphas_cumprod, double(kLeastSignal)));
}

}  // namespace

SignalLevels::SignalLevels(std::vector<float> alphas_cumprod, double past_last_step)
    : alphas_cumprod_(std::move(alphas_cumprod)), past_last_step_(past_last_step) {}

double SignalLevels::at(double timestep) const {
  if (timestep < 0) return past_last_step_;
  if (timestep >= train_timesteps()) {
    fail(Code::invalid_argument,
         "the schedule visits timestep {}, but training used 0 to {}; use fewer steps or a smaller "
         "steps_offset fit",
         timestep, train_timesteps() - 1);
  }
  return alphas_cumprod_[static_cast<std::size_t>(timestep)];
}

SignalLevels make_signal_levels(std::vector<float> alphas_cumprod, bool set_alpha_to_one) {
  const double past_last_step = set_alpha_to_one ? 1.0 : double(alphas_cumprod.front());
  return {std::move(alphas_cumprod), past_last_step};
}

std::vector<double> whole_timesteps(const Settings& settings, int steps) {
  const int train = settings.whole("num_train_timesteps");
  return rounded(spaced_timesteps(settings.text("timestep_spacing"),
                                  {.train_timesteps = train,
                                   .available = train,
                                   .steps = steps,
                                   .offset = settings.whole("steps_offset")}));
}

Step scaled_step(double timestep, double alphas_cumprod, const Prediction& prediction,
                 const Clip& clip) {
  Step step = make_step(timestep, prediction.x0, clip);
  step.sigma = display_sigma(alphas_cumprod);
  return step;
}

Trajectory scaled_trajectory(double alphas_cumprod) {
  Trajectory trajectory;
  trajectory.image_weight = signal(alphas_cumprod);
  trajectory.noise_weight = noise(alphas_cumprod);
  return trajectory;
}

Prediction predict_at(std::string_view prediction_type, double alphas_cumprod) {
  return predict(prediction_type, signal(alphas_cumprod), noise(alphas_cumprod));
}

}  // namespace latentrt::schedule
