#pragma once
/// A Program that the device has recorded, for inputs of one shape.

#include <c10/core/Device.h>

#include <functional>
#include <memory>

#include "device/graph.hpp"
#include "nn/executor.hpp"

namespace latentrt::nn {

using Recorder = std::function<std::unique_ptr<device::Graph>(const std::function<void()>& work)>;

/// Owns the places that its inputs are copied to. The Program, its weights and operations outlive it. Belongs to one thread.
class RecordedProgram {
 public:
  /// Records on such inputs. Throws what run() and device::record() throw.
  RecordedProgram(const Program& program, const BoundWeights& weights, const OpSet& ops,
                  const NamedTensors& inputs, const Recorder& record);

  /// Whether inputs are of the recorded shapes and types.
  bool fits(const Program& program, const NamedTensors& inputs) const;
  /// What run() would give. A tensor that comes as an input is not changed by its owner afterwards, so one that comes
  /// again is not copied again.
  NamedTensors run(const NamedTensors& inputs);

 private:
  struct Input {
    at::Tensor place, source;
  };

  const Program& program_;
  std::map<std::string, Input> inputs_;
  NamedTensors outputs_;  ///< in the graph's memory: the next launch writes them again
  std::unique_ptr<device::Graph> graph_;
};

}  // namespace latentrt::nn
