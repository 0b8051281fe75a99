#include "nn/program/program_builder.hpp"

#include <algorithm>
#include <utility>

namespace latentrt::nn {

ValueId ProgramBuilder::input(std::string_view name, InputSpec spec) {
  values_.emplace_back(name);
  inputs_.push_back(static_cast<ValueId>(values_.size() - 1));
  declarations_.inputs.emplace(inputs_.back(), std::move(spec));
  return inputs_.back();
}

void ProgramBuilder::name(ValueId value, std::string_view name) {
  values_[static_cast<std::size_t>(value)] = name;
}

void ProgramBuilder::output(ValueId value, std::string_view name) {
  this->name(value, name);
  outputs_.push_back(value);
}

ValueId ProgramBuilder::skip_concat(const std::string& path, ValueId deep, ValueId kept) {
  declarations_.skips.push_back({deep, kept});
  return apply(path, Concat{}, {deep, kept});
}

ValueId ProgramBuilder::conv2d(const std::string& path, ValueId x, std::int64_t in,
                               std::int64_t out, int kernel, Conv2d op, bool bias) {
  op.kernel = kernel;
  std::vector<WeightId> weights{weight(path + ".weight", {out, in, kernel, kernel})};
  if (bias) weights.push_back(weight(path + ".bias", {out}));
  return emit(path, op, {x}, std::move(weights));
}

ValueId ProgramBuilder::linear(const std::string& path, ValueId x, std::int64_t in,
                               std::int64_t out, bool bias) {
  std::vector<WeightId> weights{weight(path + ".weight", {out, in})};
  if (bias) weights.push_back(weight(path + ".bias", {out}));
  return emit(path, Linear{}, {x}, std::move(weights));
}

ValueId ProgramBuilder::group_norm(const std::string& path, ValueId x, std::int64_t channels,
                                   GroupNorm op) {
  return emit(path, op, {x},
              {weight(path + ".weight", {channels}), weight(path + ".bias", {channels})});
}

ValueId ProgramBuilder::layer_norm(const std::string& path, ValueId x, std::int64_t channels,
                                   double eps) {
  return emit(path, LayerNorm{eps}, {x},
              {weight(path + ".weight", {channels}), weight(path + ".bias", {channels})});
}

ValueId ProgramBuilder::rms_norm(const std::string& path, ValueId x, std::int64_t channels,
                                 double eps) {
  return emit(path, RmsNorm{eps}, {x}, {weight(path + ".weight", {channels})});
}

ValueId ProgramBuilder::embedding(const std::string& path, ValueId ids, std::int64_t rows,
                                  std::int64_t channels) {
  return emit(path, Embedding{}, {ids}, {weight(path + ".weight", {rows, channels})});
}

ValueId ProgramBuilder::add_positions(const std::string& path, ValueId x, std::int64_t rows,
                                      std::int64_t channels) {
  return emit(path, AddPositions{}, {x}, {weight(path + ".weight", {rows, channels})});
}

ValueId ProgramBuilder::nearest_code(const std::string& path, ValueId x, std::int64_t codes,
                                     std::int64_t channels) {
  return emit(path, NearestCode{}, {x}, {weight(path + ".weight", {codes, channels})});
}

ValueId ProgramBuilder::apply(const std::string& path, Op op, std::vector<ValueId> srcs) {
  return emit(path, op, std::move(srcs), {});
}

Program ProgramBuilder::build() && {
  Program program;
  program.nodes_ = std::move(nodes_);
  declarations_.outputs = outputs_;
  program.declarations_ = std::make_shared<const Declarations>(std::move(declarations_));
  program.inputs_ = std::move(inputs_);
  program.outputs_ = std::move(outputs_);
  program.value_names_ = std::make_shared<const std::vector<std::string>>(std::move(values_));
  program.weights_ = std::make_shared<const WeightTable>(std::move(weights_));
  program.finish();
  return program;
}

WeightId ProgramBuilder::weight(const std::string& name, const Shape& shape) {
  const auto [found, fresh] = weight_ids_.try_emplace(name, static_cast<WeightId>(weights_.size()));
  if (fresh) weights_.push_back({.parts = {{name, shape}}, .shape = shape});
  return found->second;
}

ValueId ProgramBuilder::emit(const std::string& path, Op op, std::vector<ValueId> srcs,
                             std::vector<WeightId> weights) {
  values_.push_back(path);
  const auto dst = static_cast<ValueId>(values_.size() - 1);
  nodes_.push_back({path, op, std::move(srcs), std::move(weights), dst});
  return dst;
}

}  // namespace latentrt::nn
