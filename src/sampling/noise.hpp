#pragma once
/// Noise as torch's CPU generator draws it, so that a seed means the same everywhere.

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace latentrt::sampling {

/// A generator that gives the numbers of torch.Generator("cpu").manual_seed(seed).
at::Generator make_generator(std::uint64_t seed);

/// Standard normal numbers, drawn in fp32 on the CPU whatever the device and dtype of the networks, then moved.
at::Tensor draw_noise(const std::vector<std::int64_t>& shape, at::Generator& generator,
                      at::Device device);

}  // namespace latentrt::sampling
