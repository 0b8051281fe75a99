#pragma once
/// Options that several solvers share. Keys and defaults are those of a scheduler_config.json.

#include "base/settings.hpp"
#include "schedule/trajectory.hpp"

namespace latentrt::schedule {

inline constexpr int kMaxTrainTimesteps = 100'000;

/// Only num_train_timesteps (default 1000).
OptionSpec train_timesteps_option();

/// num_train_timesteps and the options that betas.hpp reads, without rescale_betas_zero_snr.
std::vector<OptionSpec> beta_options(double start, double end, std::string schedule,
                                     std::vector<std::string> more_schedules = {});

/// prediction_type, timestep_spacing and steps_offset.
std::vector<OptionSpec> prediction_options(std::vector<std::string> prediction_types);
std::vector<OptionSpec> spacing_options(std::string spacing);

/// clip_sample and clip_sample_range.
std::vector<OptionSpec> clip_options(bool clip);
/// thresholding, dynamic_thresholding_ratio and sample_max_value.
std::vector<OptionSpec> thresholding_options();
/// The clipping of a solver that has the options of one or both lists; thresholding takes
/// precedence.
Clip clip_of(const Settings& settings);

/// rescale_betas_zero_snr, set_alpha_to_one, final_sigmas_type.
OptionSpec zero_snr_option();
OptionSpec alpha_to_one_option(bool fallback);
OptionSpec final_sigmas_option();

/// use_karras_sigmas, use_exponential_sigmas and use_beta_sigmas.
std::vector<OptionSpec> respacing_options();

/// sigma_min and sigma_max: the ends between which a list of sigmas is respaced (default: its own
/// ends).
std::vector<OptionSpec> sigma_options();

}  // namespace latentrt::schedule
