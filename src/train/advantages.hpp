#pragma once
/// Advantages of the denoising steps of a group of rollouts (He et al. 2025, MDPO). All matrices
/// are [T,K] fp64, with a row for each step, in order, and a column for each rollout of one prompt.

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace latentrt::train {

/// Return of each step: its reward minus that of the step before, plus 1, plus the mean reward of
/// the steps after it (for the last step, its own reward). It favours steps that make an answer
/// right and keep it right.
at::Tensor step_returns(const at::Tensor& rewards);

/// Normalises the returns of each step over the group: (returns - mean) / (sample standard
/// deviation + 1e-4). Exactly 0 if all returns of a step are equal.
at::Tensor normalised(const at::Tensor& returns);

/// Advantages of MDPO and of GRPO (Shao et al. 2024), which uses only the final reward.
at::Tensor step_advantages(const at::Tensor& rewards);
at::Tensor final_advantages(const at::Tensor& rewards);

/// Returns the indices [count] of the steps whose advantages have the largest sum of absolute
/// values over the group, in any order. Ties are broken at random.
at::Tensor select_steps(const at::Tensor& advantages, std::int64_t count, at::Generator generator);

}  // namespace latentrt::train
