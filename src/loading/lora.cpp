#include "loading/lora.hpp"

#include <cmath>
#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "loading/lora_change.hpp"
#include "loading/lora_names.hpp"

namespace latentrt::pipeline {
namespace {

constexpr std::size_t kNamesShown = 10;
constexpr double kMaxScale = 1000;

/// The changes of each tensor of the model that changes, in the order of the files.
struct Changes {
  std::map<std::string, std::vector<LoraChange>> weights, biases;
};

nn::WeightEdit edit_with(Changes changes) {
  if (changes.weights.empty() && changes.biases.empty()) return {};
  return [changes = std::move(changes)](const nn::WeightSpec& spec, const at::Tensor& stored) {
    at::Tensor tensor = stored;
    if (const auto found = changes.weights.find(spec.name); found != changes.weights.end())
      for (const LoraChange& change : found->second) tensor = change.weight(tensor.to(at::kCPU));
    if (const auto found = changes.biases.find(spec.name); found != changes.biases.end())
      for (const LoraChange& change : found->second) tensor = change.bias(tensor.to(at::kCPU));
    return tensor;
  };
}

std::string listed(const std::vector<std::string>& names) {
  std::vector<std::string> shown;
  for (const std::string& name : names)
    if (shown.size() < kNamesShown) shown.push_back(quote(name));
  return fmt::format("{}{}", fmt::join(shown, ", "), names.size() > kNamesShown ? ", ..." : "");
}

}  // namespace

LoraSet::LoraSet(const std::vector<Lora>& loras, io::Pickles pickles) {
  for (const Lora& lora : loras) {
    if (!(std::abs(lora.scale) <= kMaxScale)) {
      fail(Code::invalid_argument, "{}: LoRA scale {} is outside -{} to {}", lora.file.string(),
           lora.scale, kMaxScale, kMaxScale);
    }
    OpenFile open{io::LoraFile::open(lora.file, pickles), lora.scale, {}};
    for (const auto& [name, module] : open.file.modules()) open.unused.insert(name);
    files_.push_back(std::move(open));
  }
}

nn::WeightEdit LoraSet::edit_of(const Component& component, const nn::Program& program) {
  const auto targets = lora_targets(component, program);
  Changes changes;
  for (OpenFile& open : files_) {
    for (const auto& [name, module] : open.file.modules()) {
      const auto target = targets.find(std::string(lora_name_in(component, name)));
      if (target == targets.end() || !open.unused.erase(name)) continue;
      const LoraChange change(open.file, module, open.scale, target->second);
      if (change.changes_weight()) changes.weights[target->second.weight->name].push_back(change);
      if (change.changes_bias()) changes.biases[target->second.bias->name].push_back(change);
    }
  }
  return edit_with(std::move(changes));
}

std::vector<std::string> LoraSet::report_unused() const {
  std::vector<std::string> warnings;
  for (const OpenFile& open : files_) {
    std::vector<std::string> names(open.unused.begin(), open.unused.end());
    names.insert(names.end(), open.file.unknown().begin(), open.file.unknown().end());
    if (names.empty()) continue;
    const std::size_t modules = open.file.modules().size(), used = modules - open.unused.size();
    const std::string sentence =
        fmt::format("{}: the model has no place for {} of {} modules and tensors: {}",
                    open.file.path().string(), names.size(), names.size() + used, listed(names));
    if (used == 0) fail(Code::invalid_argument, "{}", sentence);
    warnings.push_back(sentence);
  }
  return warnings;
}

}  // namespace latentrt::pipeline
