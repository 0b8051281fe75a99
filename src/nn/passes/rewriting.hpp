#pragma once
/// An editable copy of a Program, for passes that replace nodes.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "nn/program/program.hpp"

namespace latentrt::nn {

/// Passes edit `nodes` in place and keep them sorted: every node comes after the nodes whose values
/// it reads.
class Rewriting {
 public:
  explicit Rewriting(const Program& program);

  std::vector<Node> nodes;

  /// The node that computes the value; none for inputs. Refers to the original Program.
  std::optional<std::size_t> producer(ValueId value) const;
  /// Whether only one node reads the value and no plan cuts the network there (named values are
  /// places to cut): if so, a pass may remove it.
  bool disposable(ValueId value) const;

  ValueId add_value(const std::string& name);
  /// Replaces several weights by one, in which they are stacked along the first dimension in this
  /// order.
  WeightId stack(const std::vector<WeightId>& weights);
  void mark_quantizable(WeightId weight, bool quantizable);

  /// Removes the nodes whose dst is kDropped.
  static constexpr ValueId kDropped = -1;
  Program finish() &&;

 private:
  void drop_empty_weights();

  const Program& program_;
  std::vector<std::string> value_names_;
  WeightTable weights_;
  std::vector<int> reads_;
  std::vector<std::optional<std::size_t>> producers_;
};

}  // namespace latentrt::nn
