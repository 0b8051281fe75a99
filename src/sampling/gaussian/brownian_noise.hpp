#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "sampling/noise.hpp"
#include "schedule/trajectory.hpp"

namespace latentrt::sampling {

/// Square roots as LibTorch rounds them on this processor (schedule::RunShape::roots).
void library_roots(std::vector<float>& values);

/// The noise of a step in a trajectory with a Brownian motion: [items,...] fp32 with variance 1, on
/// `like`'s device. Each item has its own motion, with the trajectory's seed or its own seed
/// (NoiseSource::seed_of).
at::Tensor brownian_noise(const schedule::Brownian& motion, const schedule::BrownianSpan& span,
                          const at::Tensor& like, const NoiseSource& noise);

}  // namespace latentrt::sampling
