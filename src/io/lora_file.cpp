#include "io/lora_file.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "io/as_float.hpp"
#include "io/json.hpp"

namespace latentrt::io {
namespace {

enum class Role { down, up, mid, magnitude, alpha };

/// How a tensor's name ends, and what it is then. Longer endings stand before those that they end in.
constexpr std::array<std::pair<std::string_view, Role>, 15> kEndings{{
    {".lora_down.weight", Role::down},
    {".lora_up.weight", Role::up},
    {".lora_mid.weight", Role::mid},
    {".dora_scale", Role::magnitude},
    {".alpha", Role::alpha},
    {".lora_A.weight", Role::down},
    {".lora_B.weight", Role::up},
    {".lora_magnitude_vector.weight", Role::magnitude},
    {".lora_magnitude_vector", Role::magnitude},
    {".lora_linear_layer.down.weight", Role::down},
    {".lora_linear_layer.up.weight", Role::up},
    {".lora.down.weight", Role::down},
    {".lora.up.weight", Role::up},
    {"_lora.down.weight", Role::down},
    {"_lora.up.weight", Role::up},
}};

constexpr std::array<std::string_view, 3> kOtherKinds{".hada_", ".lokr_", ".oft_"};

/// Older files name the processor that held the factors, not the layer that they change.
std::string without_processor(std::string name) {
  constexpr std::string_view kProcessor = ".processor.";
  const std::size_t at = name.find(kProcessor);
  return at == std::string::npos ? name : name.replace(at, kProcessor.size(), ".");
}

std::vector<float> read_all(const SafetensorsFile& file, const TensorInfo& info) {
  std::vector<float> numbers;
  read_as_float(file, "", info, [&](std::span<const float> part) {
    numbers.insert(numbers.end(), part.begin(), part.end());
  });
  return numbers;
}

/// True when the pattern is the module's name or its end, from a dot on.
bool matches(std::string_view module, std::string_view pattern) {
  return module == pattern || (module.size() > pattern.size() && module.ends_with(pattern) &&
                               module[module.size() - pattern.size() - 1] == '_');
}

std::optional<double> alpha_of(const Config& settings, const std::string& component,
                               std::string_view module) {
  constexpr double kLeast = 1e-9, kMost = 1e9;
  const std::string patterns_key = component + ".alpha_pattern", key = component + ".lora_alpha";
  if (settings.has(patterns_key)) {
    const Config patterns = Config::from_text(settings.json_text(patterns_key), settings.name());
    for (const std::string& pattern : patterns.keys()) {
      if (matches(module, flat_name(pattern))) return patterns.number(pattern, 0, kLeast, kMost);
    }
  }
  if (!settings.has(key)) return std::nullopt;
  return settings.number(key, 0, kLeast, kMost);
}

}  // namespace

std::string flat_name(std::string_view name) {
  std::string flat(name);
  std::replace(flat.begin(), flat.end(), '.', '_');
  return flat;
}

LoraFile::LoraFile(SafetensorsFile file) : file_(std::move(file)) {}

LoraFile LoraFile::open(const std::filesystem::path& path) {
  LoraFile lora(SafetensorsFile::open(path));
  for (const auto& [name, info] : lora.file_.tensors()) lora.add(name, info);
  lora.add_alphas_of_metadata();
  lora.check();
  return lora;
}

void LoraFile::add(const std::string& stored_name, const TensorInfo& info) {
  const auto ending = std::find_if(kEndings.begin(), kEndings.end(), [&](const auto& entry) {
    return stored_name.ends_with(entry.first);
  });
  if (ending == kEndings.end()) {
    const bool other = std::any_of(kOtherKinds.begin(), kOtherKinds.end(), [&](auto kind) {
      return stored_name.find(kind) != std::string::npos;
    });
    fail(Code::unsupported, "{}: tensor {} {}", path().string(), quote(stored_name),
         other ? "belongs to a LoHa, LoKr or OFT, which are not supported"
               : "is not named as in a LoRA of kohya's, PEFT's or diffusers' form");
  }
  const std::string_view module(stored_name.data(), stored_name.size() - ending->first.size());
  LoraModule& entry = modules_[flat_name(without_processor(std::string(module)))];
  switch (ending->second) {
    case Role::down:
      entry.down = &info;
      break;
    case Role::up:
      entry.up = &info;
      break;
    case Role::mid:
      entry.mid = &info;
      break;
    case Role::magnitude:
      entry.magnitude = &info;
      break;
    case Role::alpha:
      if (info.bytes() != size_of(info.dtype)) {
        fail(Code::invalid_argument, "{}: tensor {} is not one number", path().string(),
             quote(stored_name));
      }
      entry.alpha = read_all(file_, info).front();
      break;
  }
}

/// PEFT's settings, which diffusers writes as one JSON text: "unet.lora_alpha" for all modules of the UNet,
/// "unet.alpha_pattern" for some of them.
void LoraFile::add_alphas_of_metadata() {
  const auto text = file_.metadata().find("lora_adapter_metadata");
  if (text == file_.metadata().end()) return;
  const Config settings =
      Config::from_text(text->second, path().string() + ": lora_adapter_metadata");
  for (const std::string component : {"unet", "text_encoder", "text_encoder_2"}) {
    if (settings.boolean(component + ".use_rslora", false))
      fail(Code::unsupported, "{}: {}.use_rslora is not supported", settings.name(), component);
    for (auto& [name, module] : modules_) {
      if (!module.alpha && name.starts_with(component + "_"))
        module.alpha = alpha_of(settings, component, name);
    }
  }
}

void LoraFile::check() const {
  if (modules_.empty()) fail(Code::bad_file, "{}: no tensors in it", path().string());
  for (const auto& [name, module] : modules_) {
    if (!module.down || !module.up) {
      fail(Code::invalid_argument, "{}: module {} has {}", path().string(), quote(name),
           module.down ? "no up factor" : "no down factor");
    }
    if (module.alpha && !(*module.alpha > 0 && std::isfinite(*module.alpha))) {
      fail(Code::invalid_argument, "{}: module {} has alpha {}, which is not above 0",
           path().string(), quote(name), *module.alpha);
    }
  }
}

std::vector<float> LoraFile::read(const TensorInfo& factor) const {
  std::vector<float> numbers = read_all(file_, factor);
  if (!std::all_of(numbers.begin(), numbers.end(), [](float v) { return std::isfinite(v); })) {
    const auto named = std::find_if(file_.tensors().begin(), file_.tensors().end(),
                                    [&](const auto& entry) { return &entry.second == &factor; });
    fail(Code::invalid_argument, "{}: tensor {} holds numbers that are not finite", path().string(),
         named == file_.tensors().end() ? "?" : quote(named->first));
  }
  return numbers;
}

}  // namespace latentrt::io
