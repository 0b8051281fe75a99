#pragma once
/// Convolutions in fp32 on the CPU with fewer multiplications (kernels/winograd/winograd.h).

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <vector>

#include "nn/program/program.hpp"
#include "nn/program/shapes.hpp"

namespace latentrt::nn {

/// For an input [N,C,H,W].
using PictureSize = std::array<std::int64_t, 4>;

/// Whether it is faster. It is not for few channels, because the matrix products are then small,
/// and not for small pictures, whose time is dominated by reading the kernels: the transformed ones
/// are 16/9 as large.
bool suits_winograd(const Conv2d& op, std::int64_t outputs, const PictureSize& input);

/// [O,C,3,3] -> [16,C,O].
at::Tensor winograd_kernel(const at::Tensor& plain);

/// The bias, and the sum that is added to the result, may be undefined. The result is channels
/// last.
at::Tensor winograd_convolution(const at::Tensor& x, const at::Tensor& kernel,
                                const at::Tensor& bias, const at::Tensor& sum);

/// Size of the transformed kernels that a Program's convolutions keep in addition to the plain
/// ones, for values of these shapes.
std::uint64_t winograd_kernel_bytes(const Program& program, const std::vector<Shape>& shapes);

}  // namespace latentrt::nn
