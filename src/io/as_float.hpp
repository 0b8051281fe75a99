#pragma once

#include <functional>
#include <latentrt/tensor.hpp>
#include <span>
#include <string_view>

#include "io/tensor_file.hpp"

namespace latentrt::io {

/// Reads a tensor converted to fp32 and passes it to `take` in order, one part at a time, so that
/// memory stays bounded. Throws what TensorFile::read throws, with the tensor's name.
void read_as_float(const TensorFile& file, std::string_view name, const TensorInfo& info,
                   const std::function<void(std::span<const float>)>& take);

/// All tensors of a file.
TensorMap all_as_float(const TensorFile& file);

}  // namespace latentrt::io
