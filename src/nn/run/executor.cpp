#include "nn/run/executor.hpp"

#include "base/cancel.hpp"
#include "base/fail.hpp"
#include "device/translate.hpp"

namespace latentrt::nn {
namespace {

using Values = std::vector<at::Tensor>;

Values provide(const Program& program, const NamedTensors& inputs) {
  Values values(program.value_count());
  for (const ValueId id : program.inputs()) {
    const auto found = inputs.find(program.name_of(id));
    if (found == inputs.end())
      fail(Code::invalid_argument, "the network's input '{}' is missing", program.name_of(id));
    values[static_cast<std::size_t>(id)] = found->second;
  }
  return values;
}

at::Tensor run_node(const Node& node, const BoundWeights& weights, const OpSet& ops,
                    const Values& values, std::vector<at::Tensor>& srcs) {
  srcs.clear();
  for (const ValueId src : node.srcs) srcs.push_back(values[static_cast<std::size_t>(src)]);
  return translate_errors(node.name, [&] { return ops.run({node, srcs, weights}); });
}

}  // namespace

NamedTensors run(const Program& program, const BoundWeights& weights, const OpSet& ops,
                 const NamedTensors& inputs) {
  Values values = provide(program, inputs);
  std::vector<at::Tensor> srcs;
  const CancelCheck check_cancel;
  for (std::size_t i = 0; i < program.nodes().size(); ++i) {
    check_cancel();
    const Node& node = program.nodes()[i];
    values[static_cast<std::size_t>(node.dst)] = run_node(node, weights, ops, values, srcs);
    srcs.clear();
    for (const ValueId dead : program.last_reads(i))
      values[static_cast<std::size_t>(dead)] = at::Tensor();
  }
  NamedTensors outputs;
  for (const ValueId id : program.outputs())
    outputs[program.name_of(id)] = values[static_cast<std::size_t>(id)];
  return outputs;
}

}  // namespace latentrt::nn
