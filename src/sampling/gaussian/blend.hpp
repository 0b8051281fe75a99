#pragma once
/// A blend after each step: outside of a mask the sample is replaced by known latents at the noise
/// level of the next step, so that only the inside is sampled (Avrahami et al. 2022, Blended
/// Diffusion, algorithm 2).

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include "sampling/guidance.hpp"
#include "schedule/trajectory.hpp"

namespace latentrt::sampling {

/// One row for each item, on the device of the samples, fp32.
struct Blend {
  at::Tensor known;  ///< [items,C,h,w]: clean latents
  at::Tensor noise;  ///< [items,C,h,w]: noise of the first sample
  at::Tensor mask;  ///< [items,1,h,w]: 1 where the sample is kept, 0 where known latents replace it
};

/// Adds the blend to a state that has its first sample: every step of these items, which follow the
/// trajectory, then ends with the blend.
void add_blend(State& state, const Blend& blend, const schedule::Trajectory& trajectory);

bool has_blend(const State& state);
/// Whether the state also contains the sample before the last blend.
bool keeps_unblended(const State& state);
/// That sample, for steps with Step::ignores_blend or Step::unblended_weight.
const at::Tensor& unblended(const State& state);

/// Blends the sample with the known latents at a noise level. `Weight`: a number, or a tensor
/// [items,1,1,1].
template <class Weight>
at::Tensor blended(const Blend& blend, const at::Tensor& sample, const Weight& image,
                   const Weight& noise) {
  const at::Tensor known = blend.known * image + blend.noise * noise;
  return (1 - blend.mask) * known + blend.mask * sample;
}

/// The blend in the state.
Blend blend_of(const State& state);
/// Stores `sample`, the result of the step, as the state's unblended sample (if the state keeps
/// one), and its blend as the next sample.
void set_samples(State& state, at::Tensor sample, at::Tensor with_known);

}  // namespace latentrt::sampling
