#include "nn/passes/hoist.hpp"

#include <algorithm>

namespace latentrt::nn {
namespace {

std::vector<bool> invariant_values(const Program& program,
                                   const std::vector<std::string>& invariant_inputs) {
  std::vector<bool> invariant(program.value_count());
  for (const ValueId id : program.inputs()) {
    invariant[static_cast<std::size_t>(id)] =
        std::find(invariant_inputs.begin(), invariant_inputs.end(), program.name_of(id)) !=
        invariant_inputs.end();
  }
  for (const Node& node : program.nodes()) {
    invariant[static_cast<std::size_t>(node.dst)] =
        std::all_of(node.srcs.begin(), node.srcs.end(),
                    [&](ValueId src) { return invariant[static_cast<std::size_t>(src)]; });
  }
  return invariant;
}

}  // namespace

Hoisted hoist(const Program& program, const std::vector<std::string>& invariant_inputs) {
  const std::vector<bool> invariant = invariant_values(program, invariant_inputs);
  std::vector<bool> carried(program.value_count());
  const auto carry = [&](ValueId id) {
    carried[static_cast<std::size_t>(id)] = invariant[static_cast<std::size_t>(id)];
  };
  const auto keep_input = [&](ValueId id) { carried[static_cast<std::size_t>(id)] = false; };
  for (const Node& node : program.nodes()) {
    if (invariant[static_cast<std::size_t>(node.dst)]) continue;
    std::for_each(node.srcs.begin(), node.srcs.end(), carry);
  }
  std::for_each(program.outputs().begin(), program.outputs().end(), carry);
  std::for_each(program.inputs().begin(), program.inputs().end(), keep_input);

  std::vector<std::string> frontier, body_inputs = program.input_names();
  for (std::size_t id = 0; id < carried.size(); ++id) {
    if (!carried[id]) continue;
    frontier.push_back(program.name_of(static_cast<ValueId>(id)));
    body_inputs.push_back(frontier.back());
  }
  return {program.extract(program.input_names(), frontier),
          program.extract(body_inputs, program.output_names())};
}

}  // namespace latentrt::nn
