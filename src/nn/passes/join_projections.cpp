#include "nn/passes/join_projections.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "nn/passes/rewriting.hpp"

namespace latentrt::nn {
namespace {

using Group = std::vector<std::size_t>;  // nodes, in their order

/// The projections that only an attention reads, grouped by source.
std::vector<Group> groups_of(const Rewriting& rewriting, const Node& attention) {
  std::map<std::pair<ValueId, std::size_t>, Group> groups;
  for (const ValueId src : attention.srcs) {
    if (!rewriting.disposable(src)) continue;
    const std::size_t i = *rewriting.producer(src);
    const Node& node = rewriting.nodes[i];
    if (!std::holds_alternative<Linear>(node.op) || node.srcs.size() != 1) continue;
    groups[{node.srcs[0], node.weights.size()}].push_back(i);
  }
  std::vector<Group> shared;
  for (auto& [source, group] : groups) {
    std::ranges::sort(group);
    if (group.size() > 1) shared.push_back(std::move(group));
  }
  return shared;
}

std::string joint_name(const std::vector<Node>& nodes, const Group& group) {
  std::string name = nodes[group[0]].name;
  for (std::size_t i = 1; i < group.size(); ++i) {
    const std::string& other = nodes[group[i]].name;
    name += '+';
    name += std::string_view(other).substr(other.rfind('.') + 1);
  }
  return name;
}

/// Replaces the group's nodes by slices; returns the product that they are cut from, which is
/// inserted before the first one.
Node join(Rewriting& rewriting, const Program& program, const Group& group) {
  Node joint = rewriting.nodes[group[0]];
  joint.name = joint_name(rewriting.nodes, group);
  joint.dst = rewriting.add_value(joint.name);
  std::int64_t begin = 0;
  std::vector<std::vector<WeightId>> stacks(joint.weights.size());
  for (const std::size_t i : group) {
    Node& node = rewriting.nodes[i];
    for (std::size_t k = 0; k < stacks.size(); ++k) stacks[k].push_back(node.weights[k]);
    const auto id = static_cast<std::size_t>(node.weights[0]);
    const std::int64_t length = program.weights()[id].shape[0];
    node = {node.name, Slice{begin, length}, {joint.dst}, {}, node.dst};
    begin += length;
  }
  for (std::size_t k = 0; k < stacks.size(); ++k) joint.weights[k] = rewriting.stack(stacks[k]);
  return joint;
}

bool attends(const Op& op) {
  return std::holds_alternative<Attention>(op) || std::holds_alternative<CrossAttention>(op);
}

}  // namespace

Program join_projections(const Program& program) {
  Rewriting rewriting(program);
  std::map<std::size_t, Node> joints;  // and the nodes before which they are inserted
  for (const Node& attention : program.nodes()) {
    if (!attends(attention.op)) continue;
    for (const Group& group : groups_of(rewriting, attention))
      joints.emplace(group[0], join(rewriting, program, group));
  }
  std::vector<Node> nodes;
  for (std::size_t i = 0; i < rewriting.nodes.size(); ++i) {
    if (const auto joint = joints.find(i); joint != joints.end())
      nodes.push_back(std::move(joint->second));
    nodes.push_back(std::move(rewriting.nodes[i]));
  }
  rewriting.nodes = std::move(nodes);
  return std::move(rewriting).finish();
}

}  // namespace latentrt::nn
