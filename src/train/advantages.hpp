#pragma once
/// What each denoising step of a group of rollouts was worth (He et al. 2025, MDPO). All matrices
/// are [T,K] fp64: steps in their order, rollouts of one prompt.

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace latentrt::train {

/// A step's gain over the one before, plus 1, plus the mean reward of the steps after it (of the
/// last step itself where there are none): being right early and staying right.
at::Tensor step_returns(const at::Tensor& rewards);

/// Each step's values relative to the mean of the group, over its standard deviation (of a sample)
/// and 1e-4. Exactly 0 where all are equal.
at::Tensor normalised(const at::Tensor& returns);

/// Those of MDPO, and of GRPO (Shao et al. 2024), which knows the last reward only.
at::Tensor step_advantages(const at::Tensor& rewards);
at::Tensor final_advantages(const at::Tensor& rewards);

/// The indices [count] of the steps whose advantages have the largest sum of magnitudes over the
/// group, in any order; of equal ones a random choice.
at::Tensor select_steps(const at::Tensor& advantages, std::int64_t count, at::Generator generator);

}  // namespace latentrt::train
