#include "components/model.hpp"

namespace latentrt::pipeline {

std::int64_t Model::tokens_per_chunk() const {
  return text_encoders.empty() ? 1 : text_encoders.front().config().positions;
}

void for_each_network(Model& model,
                      const std::function<void(const Component&, nn::Network&)>& visit) {
  auto encoder = model.text_encoders.begin();
  for (const Component& component : model.components) {
    if (component.place.use == Use::text_encoder) visit(component, (encoder++)->network());
    if (component.place.use == Use::denoiser) visit(component, model.denoiser);
  }
}

}  // namespace latentrt::pipeline
