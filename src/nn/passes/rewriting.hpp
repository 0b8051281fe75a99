#pragma once
/// A Program taken apart, for passes that put other nodes in the place of some.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "nn/program/program.hpp"

namespace latentrt::nn {

/// Passes edit `nodes` in place and keep their order: every node comes after those whose values it
/// reads.
class Rewriting {
 public:
  explicit Rewriting(const Program& program);

  std::vector<Node> nodes;

  /// The node that computes the value; none for inputs. Of the Program as it was.
  std::optional<std::size_t> producer(ValueId value) const;
  /// True when only one node reads the value and no plan cuts the network there (a value that was
  /// given a name of its own is a place to cut): a pass may let it disappear.
  bool disposable(ValueId value) const;

  ValueId add_value(const std::string& name);
  /// One weight in place of several: stacked along the first dimension, in this order.
  WeightId stack(const std::vector<WeightId>& weights);
  void mark_quantizable(WeightId weight, bool quantizable);

  /// Leaves out the nodes whose dst is kDropped.
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
