#pragma once
/// The diffusers directory layout: model_index.json and one folder per component.

#include <filesystem>
#include <map>
#include <string>

#include "io/json.hpp"
#include "io/weights.hpp"

namespace latentrt::io {

/// Class and library of one component as model_index.json states them.
struct Component {
  std::string library;
  std::string class_name;
};

class ModelDirectory {
 public:
  /// Throws Error(not_found, bad_file, unsafe_file, ...) that names the directory or file.
  static ModelDirectory open(const std::filesystem::path& directory);

  const std::filesystem::path& path() const noexcept { return path_; }
  const std::string& pipeline_class() const noexcept { return pipeline_class_; }
  const std::map<std::string, Component>& components() const noexcept { return components_; }  ///< null components are left out
  const Config& index() const noexcept { return index_; }                        ///< other fields, e.g. force_zeros_for_empty_prompt

  bool has(const std::string& component) const;
  std::filesystem::path folder(const std::string& component) const;              ///< throws not_found when absent
  Config config(const std::string& component) const;                             ///< config.json (scheduler_config.json for "scheduler")
  WeightMap weights(const std::string& component, const std::string& variant) const;  ///< stem and key map chosen by the component's class

 private:
  ModelDirectory(std::filesystem::path path, Config index);

  std::filesystem::path path_;
  Config index_;
  std::string pipeline_class_;
  std::map<std::string, Component> components_;
};

}  // namespace latentrt::io
