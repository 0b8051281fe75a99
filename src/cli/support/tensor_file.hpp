#pragma once

#include <latentrt/tensor.hpp>
#include <string>

namespace latentrt::cli {

/// Moves a tensor out of those of the file. Throws Error(invalid_argument) if it is missing.
HostTensor take_tensor(TensorMap& tensors, const std::string& key, const std::string& file);

/// The tensor of a safetensors file. Throws what take() and read_tensors() throw.
HostTensor read_tensor(const std::string& file, const std::string& key);

}  // namespace latentrt::cli
