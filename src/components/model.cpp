#include "components/model.hpp"

#include "components/family.hpp"

namespace latentrt::pipeline {

std::int64_t Model::tokens_per_chunk() const {
  if (family->neighbours > 0) return 1;
  if (!text_encoders.empty()) return text_encoders.front().config().positions;
  const Component* const condition = find_component(components, Use::condition);
  return condition ? condition->condition_tokens : 1;
}

int Model::latent_multiple() const {
  const Component* const unet = find_component(components, Use::denoiser);
  return unet && unet->denoiser ? static_cast<int>(unet->denoiser->size_multiple) : 1;
}

const Classes* Model::classes() const {
  for (const Component& component : components)
    if (component.classes) return &*component.classes;
  return nullptr;
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
