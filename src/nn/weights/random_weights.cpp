#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <utility>

#include "base/cancel.hpp"
#include "nn/weights/scalar_type.hpp"
#include "nn/weights/weights.hpp"

namespace latentrt::nn {
namespace {

bool ends_with_bias(const WeightSpec& spec) { return spec.name.ends_with(".bias"); }

std::int64_t fan_in(const WeightSpec& spec) {
  std::int64_t product = 1;
  for (std::size_t i = 1; i < spec.shape.size(); ++i) product *= spec.shape[i];
  return product;
}

/// Biases are 0, scales of norms 1, and matrices have variance 1 / fan-in, so that activations keep
/// their order of magnitude.
at::Tensor draw(const WeightSpec& spec, at::Generator& generator) {
  const auto options = at::TensorOptions(at::kFloat);
  if (ends_with_bias(spec)) return at::zeros(spec.shape, options);
  if (spec.shape.size() == 1) return at::full(spec.shape, 1.0, options);
  return at::randn(spec.shape, generator, options)
      .div_(std::sqrt(static_cast<double>(fan_in(spec))));
}

}  // namespace

BoundWeights random_weights(const Program& program, std::uint64_t seed,
                            const WeightPlacement& placement) {
  at::Generator generator = at::detail::createCPUGenerator(seed);
  const WeightPlacer place(program, placement);
  std::vector<PlacedWeight> weights;
  const CancelCheck check_cancel;
  for (const Weight& weight : program.weights()) {
    check_cancel();
    std::vector<at::Tensor> parts;
    for (const WeightSpec& spec : weight.parts) parts.push_back(draw(spec, generator));
    weights.push_back(place(static_cast<WeightId>(weights.size()), parts));
  }
  return {std::move(weights), placement};
}

}  // namespace latentrt::nn
