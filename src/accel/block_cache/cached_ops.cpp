#include "accel/block_cache/cached_ops.hpp"

#include <algorithm>
#include <utility>

#include "base/fail.hpp"

namespace latentrt::accel {
namespace {

/// Whether the operation computes each token from that token only, or is attention without a causal
/// mask.
struct IsApart {
  bool operator()(const nn::Attention& op) const { return !op.causal; }
  bool operator()(const nn::Embedding&) const { return true; }
  bool operator()(const nn::GatherTokens&) const { return true; }
  template <class Kind>
  bool operator()(const Kind&) const {
    return Kind::kFootprint == nn::Footprint::pointwise;
  }
};

at::Tensor attend(const nn::OpCall& call, nn::LateChoice& local, KeptTokens& kept) {
  std::vector<at::Tensor> srcs(call.srcs.begin(), call.srcs.end());
  srcs[1] = kept.put(call.node.name, KeptTokens::keys, srcs[1]);
  srcs[2] = kept.put(call.node.name, KeptTokens::values, srcs[2]);
  return local.run({call.node, srcs, call.weights});
}

}  // namespace

void check_tokens_are_apart(const nn::Program& program, std::string_view who) {
  const auto& nodes = program.nodes();
  const auto found = std::ranges::find_if(
      nodes, [](const nn::Node& node) { return !std::visit(IsApart{}, node.op); });
  if (found == nodes.end()) return;
  fail(Code::invalid_argument,
       "{}: the network cannot compute some tokens on their own, because {} ({}) reads others", who,
       found->name, nn::name_of(found->op));
}

nn::Implementation CachedOps::choose(const nn::OpCall& call) const {
  nn::Implementation own = local_->choose(call);
  if (!std::holds_alternative<nn::Attention>(call.node.op)) return own;
  const auto run = [inner = std::make_shared<nn::LateChoice>(*local_),
                    &kept = kept_](const nn::OpCall& of) { return attend(of, *inner, kept); };
  return {run, std::move(own.name), std::move(own.reason)};
}

}  // namespace latentrt::accel
