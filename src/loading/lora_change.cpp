#include "loading/lora_change.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>

#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "loading/lora_fit.hpp"
#include "nn/weights/low_rank.hpp"
#include "nn/weights/weight_change.hpp"

namespace latentrt::pipeline {
namespace {

using io::LoraKind;
using Part = io::LoraPart;

[[noreturn]] void refuse(const io::LoraFile& file, const io::LoraModule& module,
                         const nn::WeightSpec& spec) {
  std::vector<std::string> tensors;
  for (const auto& [part, tensor] : module.parts) {
    if (part != Part::alpha)
      tensors.push_back(
          fmt::format("{} [{}]", file.name_of(*tensor), fmt::join(tensor->shape, ",")));
  }
  fail(Code::invalid_argument, "{}: {} do not fit tensor \"{}\" [{}]", file.path().string(),
       fmt::join(tensors, ", "), spec.name, fmt::join(spec.shape, ","));
}

/// PEFT makes the factors according to its settings; if they differ, the two files do not belong
/// together.
void check_rank(const io::LoraFile& file, const io::LoraModule& module) {
  if (module.kind() != LoraKind::low_rank || !module.settings.rank) return;
  const double rank = *lora_rank(module);
  if (rank == *module.settings.rank) return;
  fail(Code::invalid_argument, "{}: tensor {} has rank {}, and the adapter's settings say {}",
       file.path().string(), file.name_of(*module.find(Part::down)), rank, *module.settings.rank);
}

void check_weight(const io::LoraFile& file, const io::LoraModule& module,
                  const nn::WeightSpec* spec) {
  if (module.kind() == LoraKind::none) return;
  if (!spec) {
    fail(Code::unsupported, "{}: the layer of tensor {} has no weight", file.path().string(),
         file.name_of(*module.parts.begin()->second));
  }
  if (!lora_fits(module, spec->shape)) refuse(file, module, *spec);
  check_rank(file, module);
}

void check_bias(const io::LoraFile& file, const io::LoraModule& module,
                const nn::WeightSpec* spec) {
  for (const Part part : {Part::up_bias, Part::diff_bias, Part::new_bias}) {
    const io::TensorInfo* const bias = module.find(part);
    if (!bias) continue;
    if (!spec) {
      fail(Code::unsupported, "{}: tensor {} is for a layer that has no bias in this model",
           file.path().string(), file.name_of(*bias));
    }
    if (element_count(bias->shape) != spec->shape[0]) refuse(file, module, *spec);
  }
}

}  // namespace

LoraChange::LoraChange(io::LoraFile file, io::LoraModule module, double scale,
                       const LoraTarget& target)
    : file_(std::move(file)), module_(std::move(module)), scale_(scale) {
  check_weight(file_, module_, target.weight);
  check_bias(file_, module_, target.bias);
}

bool LoraChange::changes_weight() const { return module_.kind() != LoraKind::none; }

bool LoraChange::changes_bias() const {
  return module_.find(Part::up_bias) || module_.find(Part::diff_bias) ||
         module_.find(Part::new_bias);
}

at::Tensor LoraChange::read(Part part, at::IntArrayRef shape) const {
  const io::TensorInfo* const tensor = module_.find(part);
  return tensor ? at::tensor(file_.read(*tensor), at::kFloat).view(shape) : at::Tensor();
}

at::Tensor LoraChange::read_matrix(Part part) const {
  const io::TensorInfo* const tensor = module_.find(part);
  return tensor ? read(part, {tensor->shape[0], -1}) : at::Tensor();
}

at::Tensor LoraChange::read_as_stored(Part part) const {
  const io::TensorInfo* const tensor = module_.find(part);
  return tensor ? read(part, tensor->shape) : at::Tensor();
}

at::Tensor LoraChange::read_magnitude(const at::Tensor& weight) const {
  if (!magnitude_of(module_)) return {};
  const Part part = module_.find(Part::magnitude) ? Part::magnitude : Part::dora_scale;
  return read(part, magnitude_shape(module_, weight.sizes().vec()));
}

at::Tensor LoraChange::low_rank_product() const {
  return nn::LowRank{.down = read_matrix(Part::down),
                     .up = read_matrix(Part::up),
                     .mid = read_as_stored(Part::mid)}
      .product();
}

at::Tensor LoraChange::hadamard_product() const {
  return nn::hadamard_product(
      {read_matrix(Part::w1_a), read_matrix(Part::w1_b), read_as_stored(Part::t1)},
      {read_matrix(Part::w2_a), read_matrix(Part::w2_b), read_as_stored(Part::t2)});
}

at::Tensor LoraChange::kronecker_product() const {
  const at::Tensor first = module_.find(Part::k1)
                               ? read_as_stored(Part::k1)
                               : read_matrix(Part::k1_a).matmul(read_matrix(Part::k1_b));
  const at::Tensor second =
      module_.find(Part::k2) ? read_as_stored(Part::k2)
                             : nn::FactoredMatrix{read_matrix(Part::k2_a), read_matrix(Part::k2_b),
                                                  read_as_stored(Part::k_t2)}
                                   .product();
  return nn::kronecker_product(first, second);
}

at::Tensor LoraChange::weight(const at::Tensor& weight) const {
  const double factor = scale_ * module_.scale(lora_rank(module_));
  const auto changed = [&](const at::Tensor& delta, double scale) {
    return nn::WeightChange{delta, scale, read_magnitude(weight)}.apply(weight);
  };
  switch (module_.kind()) {
    case LoraKind::none:
      return weight;
    case LoraKind::low_rank:
      return changed(low_rank_product(), factor);
    case LoraKind::hadamard:
      return changed(hadamard_product(), factor);
    case LoraKind::kronecker:
      return changed(kronecker_product(), factor);
    case LoraKind::full:
      return changed(read_as_stored(Part::diff), scale_);
    case LoraKind::replaced:
      return changed(read_as_stored(Part::new_weight) - weight.to(at::kFloat), scale_);
  }
  return weight;
}

at::Tensor LoraChange::bias(const at::Tensor& bias) const {
  const at::Tensor before = bias.to(at::kFloat);
  at::Tensor sum = before;
  if (module_.find(Part::up_bias))
    sum = sum + read(Part::up_bias, {-1}) * (scale_ * module_.scale(lora_rank(module_)));
  if (module_.find(Part::diff_bias)) sum = sum + read(Part::diff_bias, {-1}) * scale_;
  if (module_.find(Part::new_bias)) sum = sum + (read(Part::new_bias, {-1}) - before) * scale_;
  return sum;
}

}  // namespace latentrt::pipeline
