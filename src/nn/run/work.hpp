#pragma once
/// Work that a device can run as a whole: computes tensors from tensors, without decisions of the
/// host in between.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nn/run/executor.hpp"

namespace latentrt::nn {

/// May be repeated with the same inputs, and then has the same results.
struct Work {
  std::vector<std::string> inputs;
  std::function<NamedTensors(const NamedTensors& inputs)> run;
};
/// Identity is by address.
using WorkPtr = std::shared_ptr<const Work>;

}  // namespace latentrt::nn
