#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "io/safetensors/safetensors.hpp"

namespace latentrt::io {

/// Reads a tensor converted to fp32 and passes it to `take` in order, one part at a time, so that
/// memory stays bounded. Throws what SafetensorsFile::read throws, with the tensor's name.
void read_as_float(const SafetensorsFile& file, std::string_view name, const TensorInfo& info,
                   const std::function<void(std::span<const float>)>& take);

}  // namespace latentrt::io
