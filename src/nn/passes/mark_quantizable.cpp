#include "nn/passes/mark_quantizable.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include "nn/passes/rewriting.hpp"

namespace latentrt::nn {
namespace {

/// Smaller matrices gain nothing from 8 bits: quantizing a row costs as much as its products.
constexpr std::int64_t kMinQuantized = 32;

/// The dependence of a value on inputs that change with each call: none, without any weight in
/// between, or through a weight.
enum class Depth { apart, input, inside };

bool is_product(const Op& op) {
  return std::holds_alternative<Conv2d>(op) || std::holds_alternative<Linear>(op);
}

bool is_wide(const std::vector<std::int64_t>& shape) {
  const std::int64_t row =
      std::accumulate(shape.begin() + 1, shape.end(), std::int64_t{1}, std::multiplies<>());
  return std::min(shape[0], row) >= kMinQuantized;
}

class Marking {
 public:
  explicit Marking(const Program& program)
      : program_(program),
        depths_(program.value_count(), Depth::apart),
        fits_(program.weights().size()),
        refused_(program.weights().size()) {
    for (const ValueId id : program.inputs())
      if (changes_with_calls(id)) depths_[index(id)] = Depth::input;
    for (const Node& node : program.nodes()) visit(node);
  }

  bool operator()(WeightId id) const { return fits_[index(id)] && !refused_[index(id)]; }

 private:
  template <class Id>
  static std::size_t index(Id id) {
    return static_cast<std::size_t>(id);
  }

  bool changes_with_calls(ValueId id) const {
    const auto& declared = program_.declarations().inputs;
    const auto found = declared.find(id);
    return found != declared.end() && found->second.changes == Changes::per_call;
  }

  void visit(const Node& node) {
    Depth depth = Depth::apart;
    for (const ValueId src : node.srcs) depth = std::max(depth, depths_[index(src)]);
    const bool applies = is_product(node.op) || std::holds_alternative<Embedding>(node.op);
    depths_[index(node.dst)] = depth == Depth::input && applies ? Depth::inside : depth;
    for (std::size_t i = 0; i < node.weights.size(); ++i) {
      const std::size_t id = index(node.weights[i]);
      const bool fits = i == 0 && is_product(node.op) && depth == Depth::inside &&
                        is_wide(program_.weights()[id].shape);
      (fits ? fits_ : refused_)[id] = true;
    }
  }

  const Program& program_;
  std::vector<Depth> depths_;
  std::vector<bool> fits_, refused_;
};

}  // namespace

Program mark_quantizable(const Program& program) {
  const Marking marked(program);
  Rewriting rewriting(program);
  for (std::size_t i = 0; i < program.weights().size(); ++i)
    rewriting.mark_quantizable(static_cast<WeightId>(i), marked(static_cast<WeightId>(i)));
  return std::move(rewriting).finish();
}

}  // namespace latentrt::nn
