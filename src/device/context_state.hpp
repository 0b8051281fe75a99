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

}  // namespace latentrt
