#include "accel/cuda_graph/cuda_graph.hpp"

#include "accel/cuda_graph/graph_launch.hpp"
#include "accel/registry.hpp"
#include "sampling/gaussian/recorded_steps.hpp"
#include "sampling/plan_builder.hpp"

namespace latentrt::accel {

void CudaGraph::contribute(PlanBuilder& plan) const {
  sampling::Plan& made = plan.state().plan;
  const at::Device device = made.denoiser.device();
  if (made.make_space) {
    return plan.note("cudagraph: not recorded, because ranks exchange values between the nodes");
  }
  if (made.make_token_cache) {
    return plan.note("cudagraph: not recorded, because each call computes other tokens");
  }
  if (!can_launch_graphs(device)) {
    return plan.note("cudagraph: not recorded, because " + device.str() + " is not a CUDA device");
  }
  made.make_launch = [](const sampling::Plan& of) { return std::make_unique<GraphLaunch>(of); };
  made.records_steps = sampling::can_record_steps(made);
  plan.note(
      "cudagraph: each variant is recorded on its first call of a size, then launched as a whole");
  plan.note("cudagraph: " + sampling::describe_recording(made));
}

void register_cuda_graph(Registry& registry) {
  registry.add({.name = "cudagraph",
                .help = "Launches each call of the network as one recorded CUDA graph",
                .options = {},
                .make = [](const Settings&) -> std::vector<AcceleratorPtr> {
                  return {std::make_shared<CudaGraph>()};
                }});
}

}  // namespace latentrt::accel
