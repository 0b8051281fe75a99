#include "nn/program/peak_memory.hpp"

#include <algorithm>
#include <numeric>

namespace latentrt::nn {
namespace {

constexpr std::uint64_t kFloatBytes = 4;

bool is_view(const Op& op) {
  return std::holds_alternative<ToTokens>(op) || std::holds_alternative<ToImage>(op) ||
         std::holds_alternative<Slice>(op);
}

/// Values that share memory: a view shares its source's.
class Storages {
 public:
  Storages(const Program& program, const std::vector<Shape>& shapes)
      : owner_(program.value_count()), last_use_(program.value_count(), 0) {
    std::iota(owner_.begin(), owner_.end(), ValueId{0});
    for (std::size_t i = 0; i < program.nodes().size(); ++i) {
      const Node& node = program.nodes()[i];
      if (is_view(node.op)) owner_[index(node.dst)] = owner_[index(node.srcs[0])];
      for (const ValueId src : node.srcs) last_use_[index(owner_[index(src)])] = i;
    }
    for (const ValueId output : program.outputs())
      last_use_[index(owner_[index(output)])] = program.nodes().size();
    elements_.reserve(shapes.size());
    for (const Shape& shape : shapes)
      elements_.push_back(shape.empty() ? 0 : static_cast<std::uint64_t>(element_count(shape)));
  }

  bool owns(ValueId value) const { return owner_[index(value)] == value; }
  std::size_t last_use(ValueId value) const { return last_use_[index(value)]; }
  ValueId owner(ValueId value) const { return owner_[index(value)]; }
  std::uint64_t elements(ValueId value) const { return elements_[index(value)]; }

 private:
  static std::size_t index(ValueId value) { return static_cast<std::size_t>(value); }

  std::vector<ValueId> owner_;
  std::vector<std::size_t> last_use_;
  std::vector<std::uint64_t> elements_;
};

/// Temporary elements of an operation, in addition to its sources and its result.
struct WorkSpace {
  const Node& node;
  const Program& program;
  const std::vector<Shape>& shapes;
  std::uint64_t element_bytes;
  bool packed;

  /// Elements that one in fp32 takes the place of, where the sources are narrower.
  std::uint64_t widening() const {
    return element_bytes < kFloatBytes ? kFloatBytes / element_bytes : 1;
  }
  std::uint64_t of(ValueId value) const {
    return static_cast<std::uint64_t>(element_count(shapes[static_cast<std::size_t>(value)]));
  }
  std::uint64_t kernel() const {
    const auto id = static_cast<std::size_t>(node.weights[0]);
    return static_cast<std::uint64_t>(element_count(program.weights()[id].shape));
  }

  template <class Kind>
  std::uint64_t operator()(const Kind&) const {
    return 0;
  }
  /// The kernel in the library's own layout, and a padded copy if the padding differs by side.
  std::uint64_t operator()(const Conv2d& op) const {
    return kernel() + (op.pad_begin == op.pad_end ? 0 : of(node.srcs[0]));
  }
  std::uint64_t operator()(const Linear&) const { return packed ? 0 : kernel(); }
  /// In fp32: a copy of a narrower source, squares and the result.
  std::uint64_t operator()(const RmsNorm&) const {
    const std::uint64_t wide = widening();
    return of(node.dst) * (wide == 1 ? 1 : 3 * wide - 1);
  }
  /// In fp32: the same copy, three values for each element next to the result, and the angles of
  /// each position with their sines and cosines.
  std::uint64_t operator()(const RotaryEmbedding& op) const {
    const std::uint64_t wide = widening();
    const auto angles = 3 * static_cast<std::uint64_t>(op.head_size / 2) * of(node.srcs[1]);
    return of(node.dst) * (wide == 1 ? 3 : 5 * wide - 1) + angles * wide;
  }
  /// Copies of keys and values that several heads share.
  std::uint64_t operator()(const Attention&) const {
    return of(node.srcs[1]) < of(node.srcs[0]) ? 2 * of(node.dst) : 0;
  }
  std::uint64_t operator()(const Geglu&) const { return of(node.dst); }
  std::uint64_t operator()(const ScaleShiftSilu&) const { return of(node.dst); }
  /// Distances of some pixels to all codes.
  std::uint64_t operator()(const NearestCode&) const {
    const Shape& codebook = program.weights()[static_cast<std::size_t>(node.weights[0])].shape;
    const std::uint64_t pixels = of(node.dst) / static_cast<std::uint64_t>(codebook[1]);
    return std::min<std::uint64_t>(pixels, NearestCode::kPixelsAtOnce) *
           static_cast<std::uint64_t>(codebook[0]);
  }
  std::uint64_t operator()(const Activation& op) const {
    return op.kind == ActivationKind::quick_gelu ? 2 * of(node.dst) : 0;
  }
};

}  // namespace

std::uint64_t peak_activation_bytes(const Program& program, const std::vector<Shape>& shapes,
                                    std::uint64_t element_bytes, bool packed) {
  const Storages storages(program, shapes);
  std::uint64_t live = 0, peak = 0;
  for (const ValueId input : program.inputs()) live += storages.elements(input);
  for (std::size_t i = 0; i < program.nodes().size(); ++i) {
    const Node& node = program.nodes()[i];
    if (storages.owns(node.dst)) live += storages.elements(node.dst);
    peak = std::max(
        peak, live + std::visit(WorkSpace{node, program, shapes, element_bytes, packed}, node.op));
    std::vector<ValueId> dead;
    for (const ValueId src : node.srcs) {
      const ValueId owner = storages.owner(src);
      if (storages.last_use(owner) == i) dead.push_back(owner);
    }
    std::sort(dead.begin(), dead.end());
    dead.erase(std::unique(dead.begin(), dead.end()), dead.end());
    for (const ValueId value : dead) live -= storages.elements(value);
  }
  return std::max(peak, live) * element_bytes;
}

}  // namespace latentrt::nn
