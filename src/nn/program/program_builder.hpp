#pragma once
/// Builds a Program. Model builders that use it read like a forward function.

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "nn/program/program.hpp"

namespace latentrt::nn {

/// Paths are those of modules in the checkpoint; a node's weights are `<path>.weight` and
/// `<path>.bias`. Nodes with the same path share them.
class ProgramBuilder {
 public:
  using Shape = std::vector<std::int64_t>;

  ValueId input(std::string_view name, InputSpec spec);
  /// Renames a value: cut points have short, descriptive names ("up.2.in") instead of module paths.
  void name(ValueId value, std::string_view name);
  void output(ValueId value, std::string_view name);
  /// Both values concatenated along the channels: a place where the network can be cut for cached
  /// deep features.
  ValueId skip_concat(const std::string& path, ValueId deep, ValueId kept);

  ValueId conv2d(const std::string& path, ValueId x, std::int64_t in, std::int64_t out, int kernel,
                 Conv2d op = {}, bool bias = true);
  ValueId linear(const std::string& path, ValueId x, std::int64_t in, std::int64_t out,
                 bool bias = true);
  ValueId group_norm(const std::string& path, ValueId x, std::int64_t channels, GroupNorm op);
  ValueId layer_norm(const std::string& path, ValueId x, std::int64_t channels, double eps);
  ValueId rms_norm(const std::string& path, ValueId x, std::int64_t channels, double eps);
  ValueId embedding(const std::string& path, ValueId ids, std::int64_t rows, std::int64_t channels);
  ValueId add_positions(const std::string& path, ValueId x, std::int64_t rows,
                        std::int64_t channels);
  /// The weight of a codebook has the name of an embedding's weight.
  ValueId nearest_code(const std::string& path, ValueId x, std::int64_t codes,
                       std::int64_t channels);
  /// Any operation without weights.
  ValueId apply(const std::string& path, Op op, std::vector<ValueId> srcs);

  ValueId add(const std::string& path, ValueId a, ValueId b) {
    return apply(path + ".add", Add{}, {a, b});
  }
  ValueId silu(const std::string& path, ValueId x) {
    return apply(path, Activation{ActivationKind::silu}, {x});
  }

  Program build() &&;

 private:
  WeightId weight(const std::string& name, const Shape& shape);
  ValueId emit(const std::string& path, Op op, std::vector<ValueId> srcs,
               std::vector<WeightId> weights);

  std::vector<Node> nodes_;
  std::vector<std::string> values_;
  WeightTable weights_;
  std::map<std::string, WeightId> weight_ids_;
  std::vector<ValueId> inputs_, outputs_;
  Declarations declarations_;
};

}  // namespace latentrt::nn
