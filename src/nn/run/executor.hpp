#pragma once
/// Runs a Program eagerly, node by node, freeing every value after its last reader.

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <vector>

#include "nn/ops/op_set.hpp"
#include "nn/program/program.hpp"

namespace latentrt::nn {

using NamedTensors = std::map<std::string, at::Tensor>;

/// The OpSet decides which implementation computes each node on the first run with inputs of given
/// shapes, types and layouts, and stores the decisions (OpSet::decisions()). Runs in the caller's
/// mode: whether autograd records the run, and whether its results may be used with gradients, is
/// decided outside (device/on_device.hpp). Throws Error(invalid_argument) if an input is missing.
/// LibTorch's own exceptions become Error with the name of the node: out_of_memory if memory is
/// exhausted, internal otherwise. Error(cancelled) between nodes. Inputs that the Program does not
/// read are ignored.
NamedTensors run(const Program& program, const BoundWeights& weights, const OpSet& ops,
                 const NamedTensors& inputs);

}  // namespace latentrt::nn
