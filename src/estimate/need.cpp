#include "estimate/need.hpp"

#include <algorithm>

#include "nn/program/peak_memory.hpp"
#include "nn/weights/packed.hpp"
#include "nn/weights/scalar_type.hpp"
#include "nn/weights/winograd.hpp"

namespace latentrt::pipeline {

std::uint64_t bytes_of(DType dtype) { return at::elementSize(nn::scalar_type(dtype)); }

Need most(const Need& a, const Need& b) {
  return {std::max(a.activations, b.activations), std::max(a.kernels, b.kernels)};
}

Need estimate_run(const nn::Program& program, NamedShapes& shapes, at::Device device, DType dtype,
                  bool packed) {
  const std::vector<nn::Shape> values = nn::infer_shapes(program, shapes);
  for (const nn::ValueId id : program.outputs())
    shapes[program.name_of(id)] = values[static_cast<std::size_t>(id)];
  const bool winograd = dtype == DType::fp32 && nn::can_pack(device, dtype);
  return {nn::peak_activation_bytes(program, values, bytes_of(dtype), packed),
          winograd ? nn::winograd_kernel_bytes(program, values) : 0};
}

}  // namespace latentrt::pipeline
