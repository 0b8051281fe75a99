#include "estimate/costs.hpp"

#include <algorithm>

#include "estimate/network_shapes.hpp"
#include "nn/program/macs.hpp"

namespace latentrt::pipeline {
namespace {

/// The variant as one network, with nothing computed in advance: what papers count.
nn::Program whole_of(const nn::Program& network, const sampling::Part& variant) {
  std::vector<std::string> inputs = network.input_names(), outputs = network.output_names();
  for (const SlotLink& link : variant.loads) inputs.push_back(link.value);
  for (const SlotLink& link : variant.stores) outputs.push_back(link.value);
  return network.extract(inputs, outputs);
}

}  // namespace

std::vector<VariantCost> variant_costs(const Pipeline::State& model, const sampling::Plan& plan,
                                       const Request& request) {
  const nn::Program& network = *model.denoiser.program;
  const NamedShapes inputs =
      unet_shapes(model, request, request.batch * plan.guidance.rows_per_picture());
  const std::vector<nn::Shape> shapes = nn::infer_shapes(network, inputs);
  std::vector<VariantCost> costs;
  for (VariantId id = 0; id < plan.variants.size(); ++id) {
    const auto steps = std::count(plan.step_variants.begin(), plan.step_variants.end(), id);
    const bool chosen_by_probe = plan.choice && id != 0;
    if (steps == 0 && !chosen_by_probe) continue;
    // A cut network keeps the ids of values, so the shapes of the whole network apply to its parts.
    const nn::Macs macs = nn::count_macs(whole_of(network, plan.variants[id]), shapes);
    costs.push_back({.name = plan.variants[id].name,
                     .steps = static_cast<int>(steps),
                     .macs = macs.weights,
                     .attention_macs = macs.attention});
  }
  return costs;
}

}  // namespace latentrt::pipeline
