#include "nn/program/shapes.hpp"

#include <functional>
#include <numeric>

#include "base/fail.hpp"

namespace latentrt::nn {
namespace {

/// The inputs of a node's shape inference.
struct Sources {
  std::vector<const Shape*> srcs, weights;

  const Shape& src(std::size_t i) const { return *srcs[i]; }
  const Shape& weight(std::size_t i) const { return *weights[i]; }
};

Shape with_last(Shape shape, std::int64_t extent) {
  shape.back() = extent;
  return shape;
}

// One overload for each kind. There is no default: a new kind does not compile until it has one.

Shape shape_of(const Conv2d& op, const Sources& from) {
  const Shape &x = from.src(0), &kernel = from.weight(0);
  const auto extent = [&](std::size_t dim) {
    return (x[dim] + op.pad_begin + op.pad_end - kernel[dim]) / op.stride + 1;
  };
  return {x[0], kernel[0], extent(2), extent(3)};
}

Shape shape_of(const Linear&, const Sources& from) {
  return with_last(from.src(0), from.weight(0)[0]);
}

Shape shape_of(const GroupNorm&, const Sources& from) { return from.src(0); }

Shape shape_of(const LayerNorm&, const Sources& from) { return from.src(0); }

Shape shape_of(const RmsNorm&, const Sources& from) { return from.src(0); }

Shape shape_of(const Activation&, const Sources& from) { return from.src(0); }

Shape shape_of(const Geglu&, const Sources& from) {
  return with_last(from.src(0), from.src(0).back() / 2);
}

Shape shape_of(const Add&, const Sources& from) { return from.src(0); }

Shape shape_of(const Multiply&, const Sources& from) { return from.src(0); }

Shape shape_of(const AddChannels&, const Sources& from) { return from.src(0); }

Shape shape_of(const ScaleShiftSilu&, const Sources& from) { return from.src(0); }

Shape shape_of(const Concat&, const Sources& from) {
  Shape shape = from.src(0);
  shape[1] += from.src(1)[1];
  return shape;
}

Shape shape_of(const Slice& op, const Sources& from) { return with_last(from.src(0), op.length); }

Shape shape_of(const Attention&, const Sources& from) {
  const std::int64_t shared = from.src(0).back() / from.src(1).back();
  return with_last(from.src(0), from.src(2).back() * shared);
}

Shape shape_of(const CrossAttention&, const Sources& from) {
  return with_last(from.src(0), from.src(2).back());
}

Shape shape_of(const ToTokens&, const Sources& from) {
  const Shape& x = from.src(0);
  return {x[0], x[2] * x[3], x[1]};
}

Shape shape_of(const ToImage&, const Sources& from) {
  return {from.src(0)[0], from.src(0)[2], from.src(1)[2], from.src(1)[3]};
}

Shape shape_of(const Upsample&, const Sources& from) {
  const Shape& x = from.src(0);
  if (from.srcs.size() == 1) return {x[0], x[1], 2 * x[2], 2 * x[3]};
  return {x[0], x[1], from.src(1)[2], from.src(1)[3]};
}

Shape shape_of(const AveragePool&, const Sources& from) {
  const Shape& x = from.src(0);
  return {x[0], x[1], x[2] / 2, x[3] / 2};
}

Shape shape_of(const NearestCode&, const Sources& from) { return from.src(0); }

Shape shape_of(const Sinusoid& op, const Sources& from) {
  const Shape& x = from.src(0);
  return {x[0], element_count(x) / x[0] * op.dim};
}

Shape shape_of(const Embedding&, const Sources& from) {
  Shape shape = from.src(0);
  shape.push_back(from.weight(0)[1]);
  return shape;
}

Shape shape_of(const AddPositions&, const Sources& from) { return from.src(0); }

Shape shape_of(const SelectToken&, const Sources& from) { return {from.src(0)[0], from.src(0)[2]}; }

Shape shape_of(const GatherTokens&, const Sources& from) {
  return {from.src(0)[0], from.src(1)[1], from.src(0)[2]};
}

Shape shape_of(const RotaryEmbedding&, const Sources& from) { return from.src(0); }

Shape shape_of(const Affine&, const Sources& from) { return from.src(0); }

}  // namespace

std::int64_t element_count(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

std::vector<Shape> infer_shapes(const Program& program,
                                const std::map<std::string, Shape>& inputs) {
  std::vector<Shape> shapes(program.value_count());
  for (const ValueId id : program.inputs()) {
    const auto found = inputs.find(program.name_of(id));
    if (found == inputs.end()) {
      fail(Code::invalid_argument, "the shape of the network's input '{}' is missing",
           program.name_of(id));
    }
    shapes[static_cast<std::size_t>(id)] = found->second;
  }
  for (const Node& node : program.nodes()) {
    Sources from;
    for (const ValueId src : node.srcs) from.srcs.push_back(&shapes[static_cast<std::size_t>(src)]);
    for (const WeightId weight : node.weights)
      from.weights.push_back(&program.weights()[static_cast<std::size_t>(weight)].shape);
    shapes[static_cast<std::size_t>(node.dst)] =
        std::visit([&](const auto& op) { return shape_of(op, from); }, node.op);
  }
  return shapes;
}

std::map<std::string, Shape> input_shapes(const Program& program, const Extents& extents) {
  std::map<std::string, Shape> shapes;
  for (const auto& [id, spec] : program.declarations().inputs) {
    Shape& shape = shapes[program.name_of(id)];
    for (const Dim& dim : spec.dims) shape.push_back(extents.of(dim));
  }
  return shapes;
}

}  // namespace latentrt::nn
