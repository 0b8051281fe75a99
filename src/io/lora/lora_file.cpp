#include "io/lora/lora_file.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "io/as_float.hpp"
#include "io/json.hpp"

namespace latentrt::io {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPeftStem = "adapter_model";
constexpr const char* kPeftSettings = "adapter_config.json";
constexpr const char* kDiffusersStem = "pytorch_lora_weights";
constexpr const char* kSafetensors = ".safetensors";
constexpr const char* kPickle = ".bin";
constexpr const char* kMetadataKey = "lora_adapter_metadata";

fs::path only_safetensors_in(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".safetensors") found.push_back(entry.path());
  if (found.size() != 1) {
    fail(Code::not_found, "{}: holds neither {}{} nor {}{}, and {} other safetensors files{}",
         folder.string(), kPeftStem, kSafetensors, kDiffusersStem, kSafetensors, found.size(),
         found.empty() ? "" : ": name one of them");
  }
  return found.front();
}

/// The file as PEFT or diffusers names it; "" for none.
fs::path named_file_in(const fs::path& folder, const char* extension) {
  std::error_code ignored;
  for (const std::string stem : {kPeftStem, kDiffusersStem})
    if (fs::exists(folder / (stem + extension), ignored)) return folder / (stem + extension);
  return {};
}

fs::path file_in(const fs::path& path, Pickles pickles) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) return path;
  if (const fs::path named = named_file_in(path, kSafetensors); !named.empty()) return named;
  const fs::path pickle = pickles == Pickles::allowed ? named_file_in(path, kPickle) : fs::path();
  return pickle.empty() ? only_safetensors_in(path) : pickle;
}

std::optional<std::string> metadata_value(const TensorFile& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  return found == file.metadata().end() ? std::nullopt : std::optional(found->second);
}

AdapterSettings settings_of(const TensorFile& file) {
  constexpr std::size_t kMaxBytes = 1u << 20;
  if (const auto text = metadata_value(file, kMetadataKey))
    return {*text, file.path().string() + ": " + kMetadataKey};
  std::error_code ignored;
  const fs::path next = file.path().parent_path() / kPeftSettings;
  if (file.path().stem() != kPeftStem || !fs::exists(next, ignored)) return {};
  return {read_text_file(next, kMaxBytes), next.string()};
}

/// Whether plain weights and biases are parts of the adapter; other files must not contain them.
bool replaces_layers(const AdapterSettings& settings) {
  const auto says = [&](std::string_view component) {
    return settings.of(component, "").replaces_layers;
  };
  return says("") || says("unet") || says("text_encoder") || says("text_encoder_2");
}

std::vector<float> read_all(const TensorFile& file, const TensorInfo& info) {
  std::vector<float> values;
  read_as_float(file, "", info, [&](std::span<const float> part) {
    values.insert(values.end(), part.begin(), part.end());
  });
  return values;
}

}  // namespace

LoraFile::LoraFile(TensorFile file, AdapterSettings settings)
    : file_(std::move(file)), settings_(std::move(settings)) {}

LoraFile LoraFile::open(const fs::path& path, Pickles pickles) {
  TensorFile file = TensorFile::open(file_in(path, pickles), pickles);
  AdapterSettings settings = settings_of(file);
  LoraFile lora(std::move(file), std::move(settings));
  const bool whole_layers = replaces_layers(lora.settings_);
  for (const auto& [name, info] : lora.file_.tensors()) lora.add(name, info, whole_layers);
  lora.read_alphas();
  lora.check();
  return lora;
}

void LoraFile::add(const std::string& stored_name, const TensorInfo& info, bool whole_layers) {
  const auto name = parse_lora_name(stored_name, whole_layers);
  if (!name) {
    unknown_.push_back(stored_name);
    return;
  }
  const std::string prefix = name->component.empty() ? "" : name->component + "_";
  LoraModule& module = modules_[prefix + flat_name(name->module)];
  if (module.parts.empty()) module.settings = settings_.of(name->component, name->module);
  if (!module.parts.emplace(name->part, &info).second) {
    fail(Code::invalid_argument, "{}: tensor {} gives the same part of a module a second time",
         path().string(), quote(stored_name));
  }
}

/// A tensor of the file overrides the settings.
void LoraFile::read_alphas() {
  for (auto& [name, module] : modules_) {
    const TensorInfo* const alpha = module.find(LoraPart::alpha);
    if (!alpha) continue;
    if (alpha->bytes() != size_of(alpha->dtype))
      fail(Code::invalid_argument, "{}: tensor {} is not a single value", path().string(),
           name_of(*alpha));
    module.settings.alpha = read_all(file_, *alpha).front();
  }
}

void LoraFile::check() const {
  if (file_.tensors().empty()) fail(Code::bad_file, "{}: contains no tensors", path().string());
  for (const auto& [name, module] : modules_) {
    const std::string problem = module.problem();
    if (!problem.empty())
      fail(Code::invalid_argument, "{}: module {} {}", path().string(), quote(name), problem);
  }
}

std::string LoraFile::name_of(const TensorInfo& tensor) const {
  const auto named = std::find_if(file_.tensors().begin(), file_.tensors().end(),
                                  [&](const auto& entry) { return &entry.second == &tensor; });
  return named == file_.tensors().end() ? "?" : quote(named->first);
}

std::vector<float> LoraFile::read(const TensorInfo& tensor) const {
  std::vector<float> values = read_all(file_, tensor);
  if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); })) {
    fail(Code::invalid_argument, "{}: tensor {} holds values that are not finite", path().string(),
         name_of(tensor));
  }
  return values;
}

}  // namespace latentrt::io
