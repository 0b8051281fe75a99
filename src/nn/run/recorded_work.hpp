#pragma once
/// A Work that the device has recorded, for inputs of one shape.

#include <functional>
#include <memory>

#include "device/graph.hpp"
#include "nn/run/work.hpp"

namespace latentrt::nn {

using Recorder = std::function<std::unique_ptr<device::Graph>(const std::function<void()>& work)>;

/// Owns the tensors that its inputs are copied to, and shares the Work. Belongs to one thread.
class RecordedWork {
 public:
  /// Records the work on such inputs. Throws what the work and device::record() throw.
  RecordedWork(WorkPtr work, const NamedTensors& inputs, const Recorder& record);
  RecordedWork(const RecordedWork&) = delete;
  RecordedWork& operator=(const RecordedWork&) = delete;

  /// Whether it is a recording of that work, for inputs of these shapes and types.
  bool fits(const WorkPtr& work, const NamedTensors& inputs) const;
  /// Results of the work. The owner of an input tensor does not change it afterwards, so a tensor
  /// that is passed again is not copied again.
  NamedTensors run(const NamedTensors& inputs);

 private:
  WorkPtr work_;
  NamedTensors places_, sources_;
  std::unique_ptr<device::Graph> graph_;
  /// in the graph's memory, which the next launch overwrites; destroyed before the graph
  NamedTensors outputs_;
};

}  // namespace latentrt::nn
