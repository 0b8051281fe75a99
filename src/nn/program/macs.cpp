#include "nn/program/macs.hpp"

namespace latentrt::nn {
namespace {

/// Multiply-accumulates of one node.
struct Count {
  const Node& node;
  const Program& program;
  const std::vector<Shape>& shapes;

  const Shape& shape(ValueId value) const { return shapes[static_cast<std::size_t>(value)]; }
  const Shape& kernel() const {
    return program.weights()[static_cast<std::size_t>(node.weights[0])].shape;
  }

  /// Every output element is one dot product over the kernel's other dimensions.
  Macs dot_products() const {
    const std::int64_t length = element_count(kernel()) / kernel()[0];
    return {.weights = static_cast<std::uint64_t>(element_count(shape(node.dst)) * length)};
  }

  /// [N,L,C] queries with [N,M,C] keys, and the scores with the values.
  Macs scores() const {
    const Shape &queries = shape(node.srcs[0]), &keys = shape(node.srcs[1]);
    return {.attention = static_cast<std::uint64_t>(2 * element_count(queries) * keys[1])};
  }

  template <class Kind>
  Macs operator()(const Kind&) const {
    return {};
  }
  Macs operator()(const Conv2d&) const { return dot_products(); }
  Macs operator()(const Linear&) const { return dot_products(); }
  Macs operator()(const Attention&) const { return scores(); }
  Macs operator()(const CrossAttention&) const { return scores(); }
};

}  // namespace

Macs count_macs(const Program& program, const Node& node, const std::vector<Shape>& shapes) {
  return std::visit(Count{node, program, shapes}, node.op);
}

Macs count_macs(const Program& program, const std::vector<Shape>& shapes) {
  Macs total;
  for (const Node& node : program.nodes()) {
    const Macs macs = count_macs(program, node, shapes);
    total.weights += macs.weights;
    total.attention += macs.attention;
  }
  return total;
}

}  // namespace latentrt::nn
