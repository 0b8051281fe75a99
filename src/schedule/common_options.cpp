#include "schedule/common_options.hpp"

namespace latentrt::schedule {

OptionSpec train_timesteps_option() {
  return whole_option("num_train_timesteps", 1000, 1, kMaxTrainTimesteps);
}

std::vector<OptionSpec> beta_options(double start, double end, std::string schedule,
                                     std::vector<std::string> more_schedules) {
  std::vector<std::string> schedules = {"linear", "scaled_linear", "squaredcos_cap_v2"};
  schedules.insert(schedules.end(), more_schedules.begin(), more_schedules.end());
  return {train_timesteps_option(), number_option("beta_start", start, 0, 1),
          number_option("beta_end", end, 0, 1),
          choice_option("beta_schedule", std::move(schedule), std::move(schedules)),
          optional_list("trained_betas", 0, 1)};
}

std::vector<OptionSpec> prediction_options(std::vector<std::string> prediction_types) {
  return {choice_option("prediction_type", "epsilon", std::move(prediction_types))};
}

std::vector<OptionSpec> spacing_options(std::string spacing) {
  return {
      choice_option("timestep_spacing", std::move(spacing), {"leading", "linspace", "trailing"}),
      whole_option("steps_offset", 0, 0, kMaxTrainTimesteps)};
}

std::vector<OptionSpec> clip_options(bool clip) {
  return {flag_option("clip_sample", clip), number_option("clip_sample_range", 1, 1e-6, 1e6)};
}

double clip_range(const Settings& settings) {
  return settings.flag("clip_sample") ? settings.number("clip_sample_range") : 0;
}

std::vector<OptionSpec> sigma_options() {
  constexpr double kSmallest = 1e-6, kLargest = 1e6;
  return {optional_number("sigma_min", kSmallest, kLargest),
          optional_number("sigma_max", kSmallest, kLargest)};
}

}  // namespace latentrt::schedule
