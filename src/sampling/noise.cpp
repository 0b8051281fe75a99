#include "sampling/noise.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/randn.h>

namespace latentrt::sampling {

at::Generator make_generator(std::uint64_t seed) { return at::detail::createCPUGenerator(seed); }

at::Tensor draw_noise(const std::vector<std::int64_t>& shape, at::Generator& generator,
                      at::Device device) {
  return at::randn(shape, generator, at::TensorOptions(at::kFloat)).to(device);
}

}  // namespace latentrt::sampling
