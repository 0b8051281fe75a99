#pragma once
/// The internal side of a PlanBuilder: the plan that it fills, and operations that only built-in
/// accelerators may use.

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

/// The whole network as it runs on each call (hoisted values are inputs), from which variants are
/// cut.
const nn::Program& body_of(const PlanBuilder& builder);

/// From the outermost to the innermost.
std::vector<SkipConnection> skip_connections(const nn::Program& program);

/// Splits off the part of the body that computes `value`, which then runs on every call before its
/// variant; variants that are added later continue from its values.
void add_probe(PlanBuilder& builder, const std::string& value);

/// Chooses each call's variant by the value of the probe.
void choose_by_probe(PlanBuilder& builder, ChooseVariant choose);

}  // namespace latentrt::sampling
