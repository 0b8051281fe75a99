#include "nn/run/executor.hpp"

#include <memory>
#include <optional>
#include <utility>

#include "base/cancel.hpp"
#include "base/ends_at_exit.hpp"
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

/// Chooses the implementations of one run's nodes: as decided on an earlier run with equal inputs,
/// or newly decided during this one.
class Deciding {
 public:
  Deciding(const OpSet& ops, const Program& program, const BoundWeights& weights,
           const Values& inputs)
      : ops_(ops), known_(ops.decisions().find(program, weights, inputs)) {
    if (!known_) occasion_.emplace(program, weights, inputs);
  }

  /// To be called once for each node, in order.
  const Implementation& of(const OpCall& call) {
    if (known_) return (*known_)[next_++];
    return fresh_.emplace_back(ops_.choose(call));
  }
  /// Called after each node, which may have created static objects of libraries.
  void ran() const {
    if (!known_) EndsAtExit::renew();
  }
  /// After the last node.
  void keep() && {
    if (!known_) ops_.decisions().keep(std::move(*occasion_), std::move(fresh_));
  }

 private:
  const OpSet& ops_;
  std::shared_ptr<const Implementations> known_;
  std::optional<Occasion> occasion_;  ///< of a run without stored decisions
  Implementations fresh_;
  std::size_t next_ = 0;
};

at::Tensor run_node(const Node& node, const BoundWeights& weights, Deciding& deciding,
                    const Values& values, std::vector<at::Tensor>& srcs) {
  srcs.clear();
  for (const ValueId src : node.srcs) srcs.push_back(values[static_cast<std::size_t>(src)]);
  const OpCall call{node, srcs, weights};
  return translate_errors(node.name, [&] { return deciding.of(call).run(call); });
}

}  // namespace

NamedTensors run(const Program& program, const BoundWeights& weights, const OpSet& ops,
                 const NamedTensors& inputs) {
  Values values = provide(program, inputs);
  Deciding deciding(ops, program, weights, values);
  std::vector<at::Tensor> srcs;
  const CancelCheck check_cancel;
  for (std::size_t i = 0; i < program.nodes().size(); ++i) {
    check_cancel();
    const Node& node = program.nodes()[i];
    values[static_cast<std::size_t>(node.dst)] = run_node(node, weights, deciding, values, srcs);
    deciding.ran();
    srcs.clear();
    for (const ValueId dead : program.last_reads(i))
      values[static_cast<std::size_t>(dead)] = at::Tensor();
  }
  std::move(deciding).keep();
  NamedTensors outputs;
  for (const ValueId id : program.outputs())
    outputs[program.name_of(id)] = values[static_cast<std::size_t>(id)];
  return outputs;
}

}  // namespace latentrt::nn
