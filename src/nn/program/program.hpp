#pragma once
/// A network as a flat list of nodes over named values. Immutable once built; shared between
/// threads.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nn/program/input.hpp"
#include "nn/program/op.hpp"

namespace latentrt::nn {

using ValueId = std::int32_t;
using WeightId = std::int32_t;

/// One step of a network. `name` is the path of the module in the checkpoint
/// ("down_blocks.0.resnets.1.conv1").
struct Node {
  std::string name;
  Op op;
  std::vector<ValueId> srcs;
  std::vector<WeightId> weights;
  ValueId dst = -1;
};

/// A tensor that the checkpoint must contain.
struct WeightSpec {
  std::string name;
  std::vector<std::int64_t> shape;
};

/// A weight that a node reads: one tensor of the checkpoint, or several, stacked along their first
/// dimension.
struct Weight {
  std::vector<WeightSpec> parts;
  std::vector<std::int64_t> shape;
  /// Whether int8 and fp8 keep it in 8 bits (passes/mark_quantizable.hpp).
  bool quantizable = false;
};

/// All weights of a component. Programs cut from the same network share it, so one set of bound
/// tensors serves them all.
using WeightTable = std::vector<Weight>;

/// The tensors that the checkpoint must contain, as a flat list of references into the table.
std::vector<std::reference_wrapper<const WeightSpec>> stored_tensors(const WeightTable& table);

/// Where a U-shaped network joins the value from below with the value saved on the downsampling
/// path.
struct Skip {
  ValueId deep, kept;
};

/// Properties that a builder declares of its network. Programs cut from the same network share
/// them.
struct Declarations {
  std::map<ValueId, InputSpec> inputs;
  std::vector<ValueId> outputs;  ///< of the whole network
  std::vector<Skip> skips;       ///< from the innermost to the outermost
};

class Program {
 public:
  /// Copies share it; no other Program of this process has it.
  std::uint64_t id() const noexcept { return id_; }
  const std::vector<Node>& nodes() const noexcept { return nodes_; }
  const std::vector<ValueId>& inputs() const noexcept { return inputs_; }
  const std::vector<ValueId>& outputs() const noexcept { return outputs_; }
  const WeightTable& weights() const noexcept { return *weights_; }
  std::size_t value_count() const noexcept { return value_names_->size(); }
  const std::string& name_of(ValueId value) const {
    return (*value_names_)[static_cast<std::size_t>(value)];
  }

  /// Values that are not read after node i, so that an executor can free them there.
  std::span<const ValueId> last_reads(std::size_t node) const { return last_reads_[node]; }

  /// Throws Error(invalid_argument) that names the value if it does not exist.
  ValueId value(std::string_view name) const;
  bool has_value(std::string_view name) const;

  /// Properties of the whole network that this Program was cut from, or is.
  const Declarations& declarations() const noexcept { return *declarations_; }
  /// Whether the whole network has an input of that name.
  bool declares(std::string_view name) const;
  /// Throws Error(invalid_argument) if it has none.
  const InputSpec& declared(std::string_view name) const;
  /// Names of the whole network's inputs that change this often.
  std::vector<std::string> inputs_that_change(Changes changes) const;
  /// The first input of which ranks read bands, and the network's first output. Throws
  /// Error(invalid_argument) if there is none.
  const std::string& band_input() const;
  const std::string& main_output() const;

  /// The part of the network that computes `outputs` when `inputs` are given: nodes that are not
  /// needed for the outputs, and inputs that are not read, are removed. Names are those of values
  /// ("up.2.in"). Throws Error(invalid_argument) if an output needs a value that is neither
  /// computed nor provided.
  Program extract(const std::vector<std::string>& inputs,
                  const std::vector<std::string>& outputs) const;

  std::vector<std::string> input_names() const;
  std::vector<std::string> output_names() const;

 private:
  friend class Joining;
  friend class ProgramBuilder;
  friend class Rewriting;
  Program() = default;
  void finish();

  std::uint64_t id_ = 0;
  std::vector<Node> nodes_;
  std::vector<ValueId> inputs_;
  std::vector<ValueId> outputs_;
  std::vector<std::vector<ValueId>> last_reads_;
  std::shared_ptr<const std::vector<std::string>> value_names_;
  std::shared_ptr<const WeightTable> weights_;
  std::shared_ptr<const Declarations> declarations_;
};

}  // namespace latentrt::nn
