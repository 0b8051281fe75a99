#pragma once
/// The diffusers directory layout: model_index.json and one folder per component.

#include <filesystem>
#include <map>
#include <string>

#include "io/json.hpp"
#include "io/weights.hpp"

namespace latentrt::io {

/// Class and library of one component, from model_index.json.
struct Component {
  std::string library;
  std::string class_name;
};

class ModelDirectory {
 public:
  /// Throws Error(not_found, bad_file, unsafe_file, ...) that names the directory or file.
  static ModelDirectory open(const std::filesystem::path& directory,
                             Pickles pickles = Pickles::allowed);

  const std::filesystem::path& path() const noexcept { return path_; }
  const std::string& pipeline_class() const noexcept { return pipeline_class_; }
  /// Omits components that are null.
  const std::map<std::string, Component>& components() const noexcept { return components_; }
  /// All fields of model_index.json, including settings (force_zeros_for_empty_prompt).
  const Config& index() const noexcept { return index_; }

  bool has(const std::string& component) const;
  /// Throws Error(not_found) if the component or its folder is absent.
  std::filesystem::path folder(const std::string& component) const;
  /// config.json, or scheduler_config.json for "scheduler".
  Config config(const std::string& component) const;
  /// Whether any component has weights of that variant.
  bool has_variant(const std::string& variant) const;
  /// File names and key map depend on the component's library. If other components have the variant
  /// and this one does not, its plain files are used.
  WeightMap weights(const std::string& component, const std::string& variant) const;

 private:
  ModelDirectory(std::filesystem::path path, Config index, Pickles pickles);
  WeightFiles files_of(const std::string& component, const std::string& variant) const;

  std::filesystem::path path_;
  Config index_;
  Pickles pickles_;
  std::string pipeline_class_;
  std::map<std::string, Component> components_;
};

}  // namespace latentrt::io
