#pragma once
/// The layout of a family's models in one file, and models as configuration files in memory.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/names/stored_name.hpp"
#include "io/tensor_file.hpp"

namespace latentrt::pipeline {

/// The place of a component in a checkpoint.
struct StoredComponent {
  std::string name;    ///< of its ComponentPlace
  std::string prefix;  ///< prefix of the names of its tensors in the file
  /// Maps a tensor's name to its name after the prefix; null: Component::training_name is used.
  io::StoredName (*stored_name)(std::string_view canonical) = nullptr;
  /// padding id of prompts, if it is not the tokenizer's own
  std::optional<std::int64_t> pad_id{};
};

/// The configuration file of a component, as a string.
struct ConfigText {
  std::string component, class_name, json;
};

/// A model, given by the configuration files that its directory would have.
struct Architecture {
  std::string name;
  std::vector<ConfigText> components;
  std::string scheduler;
};

class StoredShapes;
struct ComponentPlace;

/// A file has this layout if it has tensors with every prefix, and shapes that fit.
struct CheckpointLayout {
  std::string title;  ///< in error sentences: "SD1.x"
  std::vector<StoredComponent> components;
  /// The configuration that the tensors' shapes imply, with published settings for everything that
  /// shapes do not determine. Throws Error(bad_file) that names the missing or unexpected tensor.
  /// Null for a layout that is recognised but not supported.
  Architecture (*infer)(const io::TensorFile& file, const CheckpointLayout& layout) = nullptr;

  /// Whether the shapes of the whole file are those of the layout; null: all shapes are accepted.
  bool (*fits)(const StoredShapes& file) = nullptr;

  /// Finds a component by either of the place's names; null if the file has no such component.
  const StoredComponent* find(const ComponentPlace& place) const;
  /// Throws Error(unsupported) for a component that is not in the file.
  const StoredComponent& component(std::string_view name) const;
};

}  // namespace latentrt::pipeline
