#include "pipeline/lora.hpp"

#include <ATen/ops/tensor.h>

#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "nn/low_rank.hpp"
#include "pipeline/lora_names.hpp"
#include "pipeline/unet_layout.hpp"

namespace latentrt::pipeline {
namespace {

constexpr std::size_t kNamesShown = 10;
constexpr double kMaxScale = 1000;

using Shape = std::vector<std::int64_t>;

std::int64_t count(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

/// True when the factors multiply to the weight's shape, whatever trailing ones they carry.
bool fits(const io::LoraModule& module, const Shape& weight) {
  const Shape &down = module.down->shape, &up = module.up->shape;
  if (down.size() < 2 || up.size() < 2 || down[0] < 1) return false;
  const std::int64_t out = weight[0], inner = count(weight) / out;
  const bool up_fits = up[0] == out && count(up) == out * up[1];
  const bool magnitude_fits = !module.magnitude || count(module.magnitude->shape) == out;
  if (!module.mid)
    return up_fits && magnitude_fits && up[1] == down[0] && count(down) == down[0] * inner;
  const Shape& mid = module.mid->shape;
  return up_fits && magnitude_fits && weight.size() == 4 && count(down) == down[0] * weight[1] &&
         mid == Shape{up[1], down[0], weight[2], weight[3]};
}

/// A module of a file and the weight that it changes.
struct Change {
  io::LoraFile file;
  io::LoraModule module;
  double scale;  ///< the user's

  at::Tensor read(const io::TensorInfo* factor, at::IntArrayRef shape) const {
    return factor ? at::tensor(file.read(*factor), at::kFloat).view(shape) : at::Tensor();
  }

  at::Tensor apply(const at::Tensor& weight) const {
    const std::int64_t rank = module.down->shape[0];
    const double alpha = module.alpha.value_or(static_cast<double>(rank));
    const nn::LowRank change{.down = read(module.down, {rank, -1}),
                             .up = read(module.up, {weight.size(0), -1}),
                             .mid = read(module.mid, module.mid ? at::IntArrayRef(module.mid->shape)
                                                                : at::IntArrayRef()),
                             .magnitude = read(module.magnitude, {-1}),
                             .scale = scale * alpha / static_cast<double>(rank)};
    return change.apply(weight);
  }
};

using Changes = std::map<std::string, std::vector<Change>>;

void check_fit(const Change& change, const std::string& name, const nn::WeightSpec& spec) {
  if (fits(change.module, spec.shape)) return;
  fail(Code::invalid_argument,
       "{}: module {} has factors [{}] and [{}], which do not fit tensor \"{}\" [{}]",
       change.file.path().string(), quote(name), fmt::join(change.module.down->shape, ","),
       fmt::join(change.module.up->shape, ","), spec.name, fmt::join(spec.shape, ","));
}

nn::WeightEdit edit_with(Changes changes) {
  if (changes.empty()) return {};
  return [changes = std::move(changes)](const nn::WeightSpec& spec, const at::Tensor& weight) {
    const auto found = changes.find(spec.name);
    if (found == changes.end()) return weight;
    at::Tensor changed = weight.to(at::kCPU);
    for (const Change& change : found->second) changed = change.apply(changed);
    return changed;
  };
}

}  // namespace

LoraSet::LoraSet(const std::vector<Lora>& loras) {
  for (const Lora& lora : loras) {
    if (!(std::abs(lora.scale) <= kMaxScale)) {
      fail(Code::invalid_argument, "{}: LoRA scale {} is outside -{} to {}", lora.file.string(),
           lora.scale, kMaxScale, kMaxScale);
    }
    OpenFile open{io::LoraFile::open(lora.file), lora.scale, {}};
    for (const auto& [name, module] : open.file.modules()) open.unused.insert(name);
    files_.push_back(std::move(open));
  }
}

nn::WeightEdit LoraSet::edit_of(const std::string& component, const nn::Program& program,
                                const models::UnetConfig& unet) {
  const auto targets = lora_targets(component, program, layout_of(unet));
  Changes changes;
  for (OpenFile& open : files_) {
    for (const auto& [name, module] : open.file.modules()) {
      const auto target = targets.find(std::string(lora_name_in(component, name)));
      if (target == targets.end()) continue;
      const Change change{open.file, module, open.scale};
      check_fit(change, name, *target->second);
      changes[target->second->name].push_back(change);
      open.unused.erase(name);
    }
  }
  return edit_with(std::move(changes));
}

void LoraSet::refuse_unused() const {
  for (const OpenFile& open : files_) {
    if (open.unused.empty()) continue;
    std::vector<std::string> names;
    for (const std::string& name : open.unused) {
      if (names.size() < kNamesShown) names.push_back(quote(name));
    }
    fail(Code::invalid_argument, "{}: the model has no place for {} of {} modules: {}{}",
         open.file.path().string(), open.unused.size(), open.file.modules().size(),
         fmt::join(names, ", "), open.unused.size() > kNamesShown ? ", ..." : "");
  }
}

}  // namespace latentrt::pipeline
