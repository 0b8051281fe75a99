#pragma once
/// What a Context stands for inside the library.

#include <ATen/core/Tensor.h>

#include <latentrt/context.hpp>
#include <string>

namespace latentrt {

struct Context::State {
  std::string name;
  at::Device device = at::kCPU;
};

namespace device {

/// "cpu", "cuda" or "cuda:1". Throws Error: invalid_argument for another name, unsupported for a GPU that is not there.
at::Device parse_device(const std::string& name);

}  // namespace device
}  // namespace latentrt
