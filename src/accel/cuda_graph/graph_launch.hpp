#pragma once
/// Records calls of the network once and launches them as a whole afterwards.

#include <list>
#include <map>

#include "nn/run/recorded_work.hpp"
#include "sampling/plan.hpp"

namespace latentrt::accel {

bool can_launch_graphs(at::Device device) noexcept;

/// One graph per Work and input size; the most recently used ones are kept.
class GraphLaunch final : public sampling::Launch {
 public:
  explicit GraphLaunch(const sampling::Plan& plan);
  /// `record` replaces the device's own recorder.
  GraphLaunch(const nn::Network& denoiser, nn::Recorder record);

  nn::NamedTensors run(const nn::Program& program, const nn::NamedTensors& inputs) override;
  nn::NamedTensors run(const nn::WorkPtr& work, const nn::NamedTensors& inputs) override;

 private:
  nn::WorkPtr work_of(const nn::Program& program);
  nn::RecordedWork& graph_for(const nn::WorkPtr& work, const nn::NamedTensors& inputs);

  const nn::Network denoiser_;
  const nn::Recorder record_;
  std::map<const nn::Program*, nn::WorkPtr> programs_;
  std::list<nn::RecordedWork> graphs_;  ///< most recently used first
};

}  // namespace latentrt::accel
