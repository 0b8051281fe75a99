#include "loading/checkpoint.hpp"

#include <algorithm>
#include <utility>

#include "loading/checkpoint_layouts.hpp"

namespace latentrt::pipeline {

Checkpoint::Checkpoint(io::TensorFile file, FamilyPtr family, const CheckpointLayout& layout)
    : file_(std::move(file)), family_(std::move(family)), layout_(&layout) {}

Checkpoint Checkpoint::open(const FamilyTable& table, const std::filesystem::path& path,
                            bool needs_vae, io::Pickles pickles) {
  auto file = io::TensorFile::open(path, pickles);
  const FoundLayout found = find_layout(table, file, needs_vae);
  return {std::move(file), found.family, *found.layout};
}

std::size_t Checkpoint::text_encoders() const {
  const auto count = std::ranges::count_if(family_->components, [](const ComponentPlace& place) {
    return place.use == Use::text_encoder;
  });
  return static_cast<std::size_t>(count);
}

Architecture Checkpoint::architecture() const {
  Architecture architecture = layout_->infer(file_, *layout_);
  architecture.name = file_.path().string();
  return architecture;
}

io::WeightMap Checkpoint::weights(const Component& component, const StoredComponent& stored,
                                  const std::vector<std::string>& wanted, bool averaged) const {
  const auto stored_name = [&](std::string_view name) -> io::StoredName {
    if (stored.stored_name) return stored.stored_name(name);
    if (component.training_tensor) return component.training_tensor(name);
    return {component.training_name ? component.training_name(name) : std::string(name)};
  };
  return io::WeightMap::from_checkpoint(file_, stored.prefix, wanted, stored_name, averaged);
}

}  // namespace latentrt::pipeline
