#pragma once

#include <cstdint>
#include <filesystem>
#include <latentrt/tensor.hpp>
#include <map>
#include <string>
#include <vector>

namespace latentrt::io {

/// Writes F32 tensors, in the order of their names, to a file that appears whole or not at all.
/// Throws Error(invalid_argument) when a tensor's data and shape do not fit, Error(io_error) when
/// the system refuses.
void write_safetensors(const std::filesystem::path& file, const TensorMap& tensors,
                       const std::map<std::string, std::string>& metadata);
/// The bytes of that file.
std::vector<std::uint8_t> encode_safetensors(const TensorMap& tensors,
                                             const std::map<std::string, std::string>& metadata);

}  // namespace latentrt::io
