#pragma once
/// The library's side of a PlanBuilder: the plan that it fills, and what only accelerators inside may do to it.

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

/// The whole network as it runs on each call (hoisted values are inputs): what variants are cut from.
const nn::Program& body_of(const PlanBuilder& builder);

/// From the outside in.
std::vector<SkipConnection> skip_connections(const nn::Program& program);

/// Cuts off the part of the body that computes `value`; variants added from now on begin behind it.
void add_probe(PlanBuilder& builder, const std::string& value);

/// What looks at the probe on each call and says which variant runs.
void choose_by_probe(PlanBuilder& builder, ChooseVariant choose);

}  // namespace latentrt::sampling
