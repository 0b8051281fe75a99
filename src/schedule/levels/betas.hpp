#pragma once
/// The noise schedule of a network's training: the remaining signal at each training timestep.

#include <vector>

#include "base/settings.hpp"
#include "schedule/schedule.hpp"

namespace latentrt::schedule {

/// alphas_cumprod[t] = prod_{s<=t} (1 - beta_s), descending, one entry per training timestep. The
/// values are rounded to fp32 where the training code rounds, because a schedule must be the one
/// that the network was trained with.
///
/// Reads beta_options(): beta_schedule linear, scaled_linear (linear in sqrt(beta), Rombach et al.
/// 2022), squaredcos_cap_v2 (Nichol and Dhariwal 2021, eq. 17), sigmoid, exp (the signal falls as
/// exp(-12 t)); or trained_betas instead of all these. `zero_terminal_snr` rescales them by `roots`
/// (as in RunShape) so that no signal is left at the last timestep (Lin et al. 2023, alg. 1).
/// Throws Error(invalid_argument) if the length of trained_betas is not num_train_timesteps.
std::vector<float> alphas_cumprod(const Settings& settings, bool zero_terminal_snr, Roots roots);

/// By `roots`, or rounded correctly if that is null.
void take_roots(std::vector<float>& values, Roots roots);

/// Replaces a signal of zero where a finite noise-to-signal ratio is needed (4096).
inline constexpr float kLeastSignal = 0x1p-24f;

}  // namespace latentrt::schedule
