#include "schedule/common_options.hpp"

namespace latentrt::schedule {

OptionSpec train_timesteps_option() {
  return whole_option("num_train_timesteps", 1000, 1, kMaxTrainTimesteps,
                      "Timesteps that the model was trained with");
}

std::vector<OptionSpec> beta_options(double start, double end, std::string schedule,
                                     std::vector<std::string> more_schedules) {
  std::vector<std::string> schedules = {"linear", "scaled_linear", "squaredcos_cap_v2"};
  schedules.insert(schedules.end(), more_schedules.begin(), more_schedules.end());
  return {
      train_timesteps_option(),
      number_option("beta_start", start, 0, 1, "Noise variance of the first training timestep"),
      number_option("beta_end", end, 0, 1, "Noise variance of the last training timestep"),
      choice_option("beta_schedule", std::move(schedule), std::move(schedules),
                    "How the noise variance grows from beta_start to beta_end"),
      optional_list(
          "trained_betas", 0, 1,
          "The noise variance of every training timestep, instead of the three options before")};
}

std::vector<OptionSpec> prediction_options(std::vector<std::string> prediction_types) {
  return {choice_option("prediction_type", "epsilon", std::move(prediction_types),
                        "What the network predicts: the noise, the velocity or the clean sample")};
}

std::vector<OptionSpec> spacing_options(std::string spacing) {
  return {choice_option("timestep_spacing", std::move(spacing), {"leading", "linspace", "trailing"},
                        "How the steps are spread over the training timesteps"),
          whole_option("steps_offset", 0, 0, kMaxTrainTimesteps,
                       "Added to each timestep of leading spacing")};
}

std::vector<OptionSpec> clip_options(bool clip) {
  return {flag_option("clip_sample", clip,
                      "Clamp the estimate of the clean sample; for networks that work on pixels"),
          number_option("clip_sample_range", 1, 1e-6, 1e6,
                        "With clip_sample: the largest absolute value that is kept")};
}

std::vector<OptionSpec> thresholding_options() {
  return {flag_option("thresholding", false,
                      "Dynamic thresholding of the estimate of the clean sample (Saharia et al. "
                      "2022); for networks that work on pixels"),
          number_option("dynamic_thresholding_ratio", 0.995, 1e-6, 1,
                        "With thresholding: the quantile of absolute values that becomes 1"),
          number_option("sample_max_value", 1, 1e-6, 1e6,
                        "With thresholding: the largest absolute value that is kept")};
}

Clip clip_of(const Settings& settings) {
  if (settings.is_on("thresholding")) {
    return {.most = settings.number("sample_max_value"),
            .quantile = settings.number("dynamic_thresholding_ratio")};
  }
  return {.most = settings.is_on("clip_sample") ? settings.number("clip_sample_range") : 0};
}

OptionSpec zero_snr_option() {
  return flag_option("rescale_betas_zero_snr", false,
                     "Rescale the betas so that no signal is left at the last timestep");
}

OptionSpec alpha_to_one_option(bool fallback) {
  return flag_option("set_alpha_to_one", fallback,
                     "End at a sample without noise, instead of at the level of timestep 0");
}

OptionSpec final_sigmas_option() {
  return choice_option("final_sigmas_type", "zero", {"zero", "sigma_min"},
                       "Noise level at which the run ends");
}

std::vector<OptionSpec> respacing_options() {
  return {flag_option("use_karras_sigmas", false, "Space the noise levels as Karras et al. 2022"),
          flag_option("use_exponential_sigmas", false,
                      "Space the logarithms of the noise levels evenly"),
          flag_option("use_beta_sigmas", false,
                      "Space the noise levels as quantiles of a beta distribution")};
}

std::vector<OptionSpec> sigma_options() {
  constexpr double kSmallest = 1e-6, kLargest = 1e6;
  return {
      optional_number(
          "sigma_min", kSmallest, kLargest,
          "Lowest noise level of respaced sigmas; without it, that of the training timesteps"),
      optional_number(
          "sigma_max", kSmallest, kLargest,
          "Highest noise level of respaced sigmas; without it, that of the training timesteps")};
}

}  // namespace latentrt::schedule
