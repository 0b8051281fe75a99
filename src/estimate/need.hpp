#pragma once
/// What running a Program takes, from shapes only.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <latentrt/dtype.hpp>
#include <map>
#include <string>

#include "nn/program/shapes.hpp"

namespace latentrt::pipeline {

using NamedShapes = std::map<std::string, nn::Shape>;

/// glibc's malloc returns memory to the system above twice its threshold for large blocks, which
/// rises to 32 MiB.
inline constexpr std::uint64_t kAllocatorBytes = 64u << 20;
inline constexpr double kMebibyte = 1024.0 * 1024.0;

/// Of an element.
std::uint64_t bytes_of(DType dtype);

/// Bytes of running a Program, and of the transformed kernels that its convolutions keep in
/// addition to the plain ones.
struct Need {
  std::uint64_t activations = 0, kernels = 0;
};

/// The maximum of two runs, one after the other, with the same weights.
Need most(const Need& a, const Need& b);

/// The need of running the Program, whose matrices are `packed` (peak_activation_bytes()); adds the
/// shapes of its outputs to `shapes`, for the next one.
Need estimate_run(const nn::Program& program, NamedShapes& shapes, at::Device device, DType dtype,
                  bool packed = false);

}  // namespace latentrt::pipeline
