#pragma once
/// Work that the device has recorded, for inputs of one shape.

#include <functional>
#include <memory>

#include "device/graph.hpp"
#include "nn/run/work.hpp"

namespace latentrt::nn {

using Recorder = std::function<std::unique_ptr<device::Graph>(const std::function<void()>& work)>;

/// Owns the places that its inputs are copied to, and shares the Work. Belongs to one thread.
class RecordedWork {
 public:
  /// Records on such inputs. Throws what the work and device::record() throw.
  RecordedWork(WorkPtr work, const NamedTensors& inputs, const Recorder& record);
  RecordedWork(const RecordedWork&) = delete;
  RecordedWork& operator=(const RecordedWork&) = delete;

  /// Whether it is that work's, and inputs are of the recorded shapes and types.
  bool fits(const WorkPtr& work, const NamedTensors& inputs) const;
  /// What the work would give. A tensor that comes as an input is not changed by its owner
  /// afterwards, so one that comes again is not copied again.
  NamedTensors run(const NamedTensors& inputs);

 private:
  WorkPtr work_;
  NamedTensors places_, sources_;
  std::unique_ptr<device::Graph> graph_;
  NamedTensors
      outputs_;  ///< in the graph's memory, and gone before it: the next launch writes them again
};

}  // namespace latentrt::nn
