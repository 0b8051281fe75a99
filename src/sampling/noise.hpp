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

/// The randomness of a run: one generator that draws for the whole batch at once, or one a picture, so that each
/// picture is the one that its seed makes alone.
class NoiseSource {
 public:
  NoiseSource() = default;
  explicit NoiseSource(const std::vector<std::uint64_t>& seeds);

  /// With several generators, shape[0] is their number.
  at::Tensor draw(const std::vector<std::int64_t>& shape, at::Device device);
  std::int64_t count() const noexcept { return static_cast<std::int64_t>(generators_.size()); }

 private:
  std::vector<at::Generator> generators_;
};

}  // namespace latentrt::sampling
