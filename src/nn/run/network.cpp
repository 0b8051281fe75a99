#include "nn/run/network.hpp"

namespace latentrt::nn {

at::Tensor Network::placed(std::string_view input, const at::Tensor& tensor) const {
  const InputSpec& spec = program->declared(input);
  switch (spec.type) {
    case ElementType::fp32:
      return tensor.to(device(), at::kFloat);
    case ElementType::int64:
      return tensor.to(device(), at::kLong);
    case ElementType::weights:
      break;
  }
  const WeightPlacement& placement = weights->placement();
  return nn::placed(
      tensor, placement,
      spec.space == Space::none ? at::MemoryFormat::Contiguous : placement.picture_format());
}

}  // namespace latentrt::nn
