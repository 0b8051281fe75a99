#include "accel/cuda_graph/graph_launch.hpp"

#include <algorithm>
#include <utility>

namespace latentrt::accel {
namespace {

constexpr std::size_t kKept = 8;

nn::Recorder recorder_of(at::Device device) {
  return [device](const std::function<void()>& work) { return device::record(device, work); };
}

}  // namespace

bool can_launch_graphs(at::Device device) noexcept { return device::can_record(device); }

GraphLaunch::GraphLaunch(const sampling::Plan& plan)
    : GraphLaunch(plan.denoiser, recorder_of(plan.denoiser.device())) {}

GraphLaunch::GraphLaunch(const nn::Network& denoiser, nn::Recorder record)
    : denoiser_(denoiser), record_(std::move(record)) {}

nn::NamedTensors GraphLaunch::run(const nn::Program& program, const nn::NamedTensors& inputs) {
  return run(work_of(program), inputs);
}

nn::NamedTensors GraphLaunch::run(const nn::WorkPtr& work, const nn::NamedTensors& inputs) {
  return graph_for(work, inputs).run(inputs);
}

nn::WorkPtr GraphLaunch::work_of(const nn::Program& program) {
  nn::WorkPtr& work = programs_[&program];
  if (!work) {
    work = std::make_shared<const nn::Work>(
        nn::Work{program.input_names(), [this, &program](const nn::NamedTensors& inputs) {
                   return nn::run(program, *denoiser_.weights, *denoiser_.ops, inputs);
                 }});
  }
  return work;
}

nn::RecordedWork& GraphLaunch::graph_for(const nn::WorkPtr& work, const nn::NamedTensors& inputs) {
  const auto found = std::ranges::find_if(
      graphs_, [&](const nn::RecordedWork& graph) { return graph.fits(work, inputs); });
  if (found != graphs_.end()) {
    graphs_.splice(graphs_.begin(), graphs_, found);
    return graphs_.front();
  }
  if (graphs_.size() == kKept) graphs_.pop_back();
  return graphs_.emplace_front(work, inputs, record_);
}

}  // namespace latentrt::accel
