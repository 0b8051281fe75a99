#include "nn/weights/parameters.hpp"

#include <ATen/ops/cat.h>

#include "base/fail.hpp"

namespace latentrt::nn {
namespace {

/// Plain tensors of that type; with the corresponding DType, if there is one.
WeightPlacement plain_placement(const WeightPlacement& of, at::ScalarType element) {
  WeightPlacement placement{
      .device = of.device, .channels_last = of.channels_last, .element = element};
  for (const DType dtype : {DType::fp32, DType::bf16, DType::fp16})
    if (scalar_type(dtype) == element) placement.dtype = dtype;
  return placement;
}

at::Tensor leaf_of(const at::Tensor& tensor, at::ScalarType element) {
  at::Tensor leaf = tensor.detach().to(element, false, /*copy=*/true);
  if (leaf.is_inference()) {
    fail(Code::invalid_argument,
         "parameters cannot be made in inference mode: make them outside of a run");
  }
  return leaf.set_requires_grad(true);
}

}  // namespace

Parameters::Parameters(const Program& program, const BoundWeights& weights,
                       std::optional<at::ScalarType> element)
    : table_(program.weights()),
      placement_(plain_placement(weights.placement(),
                                 element.value_or(weights.placement().element_type()))) {
  for (std::size_t i = 0; i < table_.size(); ++i) {
    const at::Tensor whole = weights.placed(static_cast<WeightId>(i)).plain();
    std::int64_t begin = 0;
    for (const WeightSpec& spec : table_[i].parts) {
      const at::Tensor part = whole.narrow(0, begin, spec.shape[0]);
      leaves_.try_emplace(spec.name, leaf_of(part, placement_.element_type()));
      begin += spec.shape[0];
    }
  }
}

std::vector<std::string> Parameters::names() const {
  std::vector<std::string> names;
  for (const auto& [name, leaf] : leaves_) names.push_back(name);
  return names;
}

std::vector<at::Tensor> Parameters::tensors() const {
  std::vector<at::Tensor> tensors;
  for (const auto& [name, leaf] : leaves_) tensors.push_back(leaf);
  return tensors;
}

const at::Tensor& Parameters::operator[](std::string_view name) const {
  const auto found = leaves_.find(name);
  if (found == leaves_.end())
    fail(Code::invalid_argument, "the network has no parameter \"{}\"", name);
  return found->second;
}

at::Tensor Parameters::joined(const Weight& weight) const {
  std::vector<at::Tensor> parts;
  for (const WeightSpec& spec : weight.parts) parts.push_back((*this)[spec.name]);
  return parts.size() == 1 ? parts.front() : at::cat(parts);
}

BoundWeights Parameters::bind() const {
  std::vector<PlacedWeight> weights;
  for (const Weight& weight : table_) weights.push_back({.tensor = joined(weight)});
  return {std::move(weights), placement_, epoch_};
}

void Parameters::updated() { epoch_ = new_epoch(); }

}  // namespace latentrt::nn
