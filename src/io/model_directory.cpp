#include "io/model_directory.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/fail.hpp"
#include "base/input_file.hpp"
#include "base/quote.hpp"
#include "io/file_kind.hpp"
#include "io/weight_files.hpp"

namespace latentrt::io {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kIndexName = "model_index.json";

/// Component names become folder names, so they must not point elsewhere.
bool plain_name(std::string_view name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), plain);
}

[[noreturn]] void refuse_file(const fs::path& path) {
  refuse_other_formats(InputFile(path));
  fail(Code::unsupported, "{}: not a directory with a {}", path.string(), kIndexName);
}

fs::path index_of(const fs::path& directory) {
  std::error_code ignored;
  if (!fs::exists(directory, ignored))
    fail(Code::not_found, "{}: no such model directory", directory.string());
  if (!fs::is_directory(directory, ignored)) refuse_file(directory);
  const fs::path index = directory / kIndexName;
  if (!fs::exists(index, ignored))
    fail(Code::not_found, "{}: contains no {}", directory.string(), kIndexName);
  return index;
}

/// ["library", "Class"], or [null, null] for an omitted component; other fields are settings.
std::map<std::string, Component> components_of(const Config& index) {
  std::map<std::string, Component> components;
  for (const std::string& key : index.keys()) {
    const auto value = nlohmann::json::parse(index.has(key) ? index.json_text(key) : "null");
    if (!value.is_array() || value.size() != 2 || !value[0].is_string() || !value[1].is_string())
      continue;
    if (!plain_name(key)) {
      fail(Code::bad_file, "{}: component {} is not a plain name", index.name(), quote(key));
    }
    const std::vector<std::string> names = index.strings(key, {});
    components.emplace(key, Component{names[0], names[1]});
  }
  return components;
}

}  // namespace

ModelDirectory::ModelDirectory(fs::path path, Config index, Pickles pickles)
    : path_(std::move(path)), index_(std::move(index)), pickles_(pickles) {
  pipeline_class_ = index_.string("_class_name", "");
  if (pipeline_class_.empty()) fail(Code::bad_file, "{}: _class_name is missing", index_.name());
  components_ = components_of(index_);
}

ModelDirectory ModelDirectory::open(const fs::path& directory, Pickles pickles) {
  return {directory, Config::load(index_of(directory)), pickles};
}

bool ModelDirectory::has(const std::string& component) const {
  return components_.contains(component);
}

fs::path ModelDirectory::folder(const std::string& component) const {
  const fs::path folder = path_ / component;
  std::error_code ignored;
  if (!has(component)) {
    fail(Code::not_found, "{}: component {} is missing", index_.name(), quote(component));
  }
  if (!fs::is_directory(folder, ignored))
    fail(Code::not_found, "{}: no such folder", folder.string());
  return folder;
}

Config ModelDirectory::config(const std::string& component) const {
  return Config::load(folder(component) /
                      (component == "scheduler" ? "scheduler_config.json" : "config.json"));
}

/// The library "latent_diffusion" is a pipeline of diffusers whose text encoder is one of
/// transformers' classes.
WeightFiles ModelDirectory::files_of(const std::string& component,
                                     const std::string& variant) const {
  const std::string& library = components_.at(component).library;
  const bool transformers = library == "transformers" || library == "latent_diffusion";
  return {.stem = transformers ? "model" : "diffusion_pytorch_model",
          .variant = variant,
          .pickles = pickles_};
}

bool ModelDirectory::has_variant(const std::string& variant) const {
  return std::ranges::any_of(components_, [&](const auto& component) {
    return io::has_variant(path_ / component.first, files_of(component.first, variant));
  });
}

WeightMap ModelDirectory::weights(const std::string& component, const std::string& variant) const {
  const fs::path directory = folder(component);
  WeightFiles files = files_of(component, variant);
  files.or_plain = has_variant(variant);
  const bool transformers = components_.at(component).library == "transformers";
  return WeightMap::open(directory, files,
                         transformers ? canonical_clip_key : canonical_diffusers_key);
}

}  // namespace latentrt::io
