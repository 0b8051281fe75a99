#pragma once
/// How the models of a family lie in one file, and models as configuration files in memory.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/names/stored_name.hpp"
#include "io/tensor_file.hpp"

namespace latentrt::pipeline {

/// A component in a checkpoint.
struct StoredComponent {
  std::string name;    ///< of its ComponentPlace
  std::string prefix;  ///< how the names of its tensors begin in the file
  /// Where a tensor is after the prefix; null: by Component::training_name.
  io::StoredName (*stored_name)(std::string_view canonical) = nullptr;
  std::optional<std::int64_t> pad_id{};  ///< of prompts, where it is not the tokenizer's own
};

/// The configuration file of a component, as text.
struct ConfigText {
  std::string component, class_name, json;
};

/// A model as the configuration files that its directory would have.
struct Architecture {
  std::string name;
  std::vector<ConfigText> components;
  std::string scheduler;
};

class StoredShapes;
struct ComponentPlace;

/// A model is in this layout when the file has tensors with every prefix, and shapes that fit.
struct CheckpointLayout {
  std::string title;  ///< in error sentences: "SD1.x"
  std::vector<StoredComponent> components;
  /// The configuration that the tensors' shapes imply, with the published settings for what shapes
  /// do not say. Throws Error(bad_file) that names the tensor that is missing or odd. Null for a
  /// layout that is recognised but not supported.
  Architecture (*infer)(const io::TensorFile& file, const CheckpointLayout& layout) = nullptr;

  /// Whether the shapes of the whole file are those of the layout; null: whatever they are.
  bool (*fits)(const StoredShapes& file) = nullptr;

  /// By either of the place's names; null where the file has no such component.
  const StoredComponent* find(const ComponentPlace& place) const;
  /// Throws Error(unsupported) for a component that is not in the file.
  const StoredComponent& component(std::string_view name) const;
};

}  // namespace latentrt::pipeline
