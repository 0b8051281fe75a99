#include "nn/run/network.hpp"

namespace latentrt::nn {

at::Tensor Network::placed(std::string_view input, const at::Tensor& tensor) const {
  switch (program->declared(input).type) {
    case ElementType::fp32:
      return tensor.to(device(), at::kFloat);
    case ElementType::int64:
      return tensor.to(device(), at::kLong);
    case ElementType::weights:
      break;
  }
  return nn::placed(tensor, weights->placement());
}

}  // namespace latentrt::nn
