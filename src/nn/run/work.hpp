#pragma once
/// What a device can be asked for as a whole: tensors from tensors, with nothing decided on the
/// way.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nn/run/executor.hpp"

namespace latentrt::nn {

/// May be done again with the same inputs, and then leaves the same.
struct Work {
  std::vector<std::string> inputs;
  std::function<NamedTensors(const NamedTensors& inputs)> run;
};
/// Identity is by address.
using WorkPtr = std::shared_ptr<const Work>;

}  // namespace latentrt::nn
