#include "nn/passes/rewriting.hpp"

#include <memory>
#include <utility>

namespace latentrt::nn {
namespace {

template <class Id>
std::size_t index(Id id) {
  return static_cast<std::size_t>(id);
}

}  // namespace

Rewriting::Rewriting(const Program& program)
    : nodes(program.nodes_),
      program_(program),
      value_names_(*program.value_names_),
      weights_(*program.weights_),
      reads_(program.value_count()),
      producers_(program.value_count()) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    producers_[index(nodes[i].dst)] = i;
    for (const ValueId src : nodes[i].srcs) ++reads_[index(src)];
  }
  for (const ValueId output : program.outputs()) ++reads_[index(output)];
}

std::optional<std::size_t> Rewriting::producer(ValueId value) const {
  return producers_[index(value)];
}

bool Rewriting::disposable(ValueId value) const {
  const std::optional<std::size_t> node = producer(value);
  return node && reads_[index(value)] == 1 &&
         program_.name_of(value) == program_.nodes()[*node].name;
}

ValueId Rewriting::add_value(const std::string& name) {
  value_names_.push_back(name);
  return static_cast<ValueId>(value_names_.size() - 1);
}

WeightId Rewriting::stack(const std::vector<WeightId>& weights) {
  Weight joint = weights_[index(weights[0])];
  for (std::size_t i = 1; i < weights.size(); ++i) {
    Weight& next = weights_[index(weights[i])];
    joint.shape[0] += next.shape[0];
    joint.quantizable = joint.quantizable && next.quantizable;
    joint.parts.insert(joint.parts.end(), next.parts.begin(), next.parts.end());
    next.parts.clear();
  }
  weights_[index(weights[0])] = std::move(joint);
  return weights[0];
}

void Rewriting::mark_quantizable(WeightId weight, bool quantizable) {
  weights_[index(weight)].quantizable = quantizable;
}

void Rewriting::drop_empty_weights() {
  std::vector<WeightId> places;
  WeightTable kept;
  for (Weight& weight : weights_) {
    places.push_back(static_cast<WeightId>(kept.size()));
    if (!weight.parts.empty()) kept.push_back(std::move(weight));
  }
  for (Node& node : nodes) {
    for (WeightId& id : node.weights) id = places[index(id)];
  }
  weights_ = std::move(kept);
}

Program Rewriting::finish() && {
  std::erase_if(nodes, [](const Node& node) { return node.dst == kDropped; });
  drop_empty_weights();
  Program result;
  result.nodes_ = std::move(nodes);
  result.declarations_ = program_.declarations_;
  result.inputs_ = program_.inputs_;
  result.outputs_ = program_.outputs_;
  result.value_names_ = std::make_shared<const std::vector<std::string>>(std::move(value_names_));
  result.weights_ = std::make_shared<const WeightTable>(std::move(weights_));
  result.finish();
  return result;
}

}  // namespace latentrt::nn
