#pragma once
/// The library's side of a PlanBuilder: the plan that it fills, and what only accelerators inside
/// may do to it.

#include <latentrt/accelerator.hpp>
#include <string>
#include <vector>

#include "sampling/plan.hpp"

namespace latentrt {

struct PlanBuilder::State {
  sampling::Plan plan;
};

}  // namespace latentrt

namespace latentrt::sampling {

/// The whole network as it runs on each call (hoisted values are inputs): what variants are cut
/// from.
const nn::Program& body_of(const PlanBuilder& builder);

/// From the outside in.
std::vector<SkipConnection> skip_connections(const nn::Program& program);

/// Cuts off the part of the body that computes `value`, to run on every call before its variant;
/// variants that are added later go on from its values.
void add_probe(PlanBuilder& builder, const std::string& value);

/// Chooses each call's variant by the value of the probe.
void choose_by_probe(PlanBuilder& builder, ChooseVariant choose);

}  // namespace latentrt::sampling
