#include "sampling/noise.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/randn.h>

namespace latentrt::sampling {

at::Generator make_generator(std::uint64_t seed) { return at::detail::createCPUGenerator(seed); }

at::Tensor draw_noise(const std::vector<std::int64_t>& shape, at::Generator& generator,
                      at::Device device) {
  return at::randn(shape, generator, at::TensorOptions(at::kFloat)).to(device);
}

NoiseSource::NoiseSource(const std::vector<std::uint64_t>& seeds) {
  for (const std::uint64_t seed : seeds) generators_.push_back(make_generator(seed));
}

at::Tensor NoiseSource::draw(const std::vector<std::int64_t>& shape, at::Device device) {
  if (count() == 1) return draw_noise(shape, generators_.front(), device);
  std::vector<std::int64_t> row = shape;
  row[0] = 1;
  std::vector<at::Tensor> rows;
  for (at::Generator& generator : generators_) rows.push_back(draw_noise(row, generator, device));
  return at::cat(rows);
}

}  // namespace latentrt::sampling
