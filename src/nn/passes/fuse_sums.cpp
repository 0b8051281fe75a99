#include "nn/passes/fuse_sums.hpp"

#include <optional>
#include <utility>

#include "nn/passes/rewriting.hpp"

namespace latentrt::nn {
namespace {

bool can_add(const Node& node) {
  return node.srcs.size() == 1 &&
         (std::holds_alternative<Conv2d>(node.op) || std::holds_alternative<Linear>(node.op));
}

/// The node that can perform the addition of `own` and `other`: the one that runs after both exist.
std::optional<std::size_t> taker(const Rewriting& rewriting, ValueId own, ValueId other) {
  const auto node = rewriting.producer(own), before = rewriting.producer(other);
  if (!rewriting.disposable(own) || !can_add(rewriting.nodes[*node])) return {};
  return before && *before > *node ? std::nullopt : node;
}

}  // namespace

Program fuse_sums(const Program& program) {
  Rewriting rewriting(program);
  for (Node& add : rewriting.nodes) {
    if (!std::holds_alternative<Add>(add.op)) continue;
    ValueId own = add.srcs[0], other = add.srcs[1];
    if (!taker(rewriting, own, other)) std::swap(own, other);
    const auto node = taker(rewriting, own, other);
    if (!node) continue;
    rewriting.nodes[*node].srcs.push_back(other);
    rewriting.nodes[*node].dst = std::exchange(add.dst, Rewriting::kDropped);
  }
  return std::move(rewriting).finish();
}

}  // namespace latentrt::nn
