#pragma once
/// Calls of the network that are recorded once and launched as a whole from then on.

#include <list>

#include "nn/recorded_program.hpp"
#include "sampling/plan.hpp"

namespace latentrt::accel {

bool can_launch_graphs(at::Device device) noexcept;

/// One graph for each variant of the network and size of its inputs; a few are kept, those used last.
class GraphLaunch final : public sampling::Launch {
 public:
  explicit GraphLaunch(const sampling::Plan& plan);
  /// `record` stands for the device's.
  GraphLaunch(const models::Denoiser& denoiser, nn::Recorder record);

  nn::NamedTensors run(const nn::Program& program, const nn::NamedTensors& inputs) override;

 private:
  nn::RecordedProgram& graph_for(const nn::Program& program, const nn::NamedTensors& inputs);

  const models::Denoiser denoiser_;
  const nn::Recorder record_;
  std::list<nn::RecordedProgram> graphs_;  ///< the last used first
};

}  // namespace latentrt::accel
