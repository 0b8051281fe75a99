#pragma once
/// A blend after each step: outside of a mask the sample becomes known latents at the noise level
/// of the next step, so that only the inside is sampled (Avrahami et al. 2022, Blended Diffusion,
/// algorithm 2).

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include "sampling/guidance.hpp"
#include "schedule/trajectory.hpp"

namespace latentrt::sampling {

/// One row for each item, on the device of the samples, fp32.
struct Blend {
  at::Tensor known;  ///< [items,C,h,w]: clean latents
  at::Tensor noise;  ///< [items,C,h,w]: that of the first sample
  at::Tensor mask;   ///< [items,1,h,w]: 1 where the sample stays, 0 where the known latents do
};

/// Adds the blend to a state that has its first sample: every step of these items, which are those
/// of the trajectory, then ends with it.
void add_blend(State& state, const Blend& blend, const schedule::Trajectory& trajectory);

bool has_blend(const State& state);
/// Whether the state also has the sample as the last step left it.
bool keeps_unblended(const State& state);
/// That sample, for steps with Step::ignores_blend or Step::unblended_weight.
const at::Tensor& unblended(const State& state);

/// The sample between the known latents at a level. `Weight`: a number, or a tensor [items,1,1,1].
template <class Weight>
at::Tensor blended(const Blend& blend, const at::Tensor& sample, const Weight& image,
                   const Weight& noise) {
  const at::Tensor known = blend.known * image + blend.noise * noise;
  return (1 - blend.mask) * known + blend.mask * sample;
}

/// What the state has of it.
Blend blend_of(const State& state);
/// Makes `sample`, that of the step, the state's unblended one, if it keeps one, and the blend of
/// it the next sample.
void set_samples(State& state, at::Tensor sample, at::Tensor with_known);

}  // namespace latentrt::sampling
