#pragma once

#include <cstdint>
#include <filesystem>
#include <latentrt/tensor.hpp>
#include <map>
#include <string>
#include <vector>

namespace latentrt::io {

/// Writes F32 tensors atomically, in the order of their names. Throws Error(invalid_argument) if a
/// tensor's data does not match its shape, Error(io_error) if the system cannot write.
void write_safetensors(const std::filesystem::path& file, const TensorMap& tensors,
                       const std::map<std::string, std::string>& metadata);
/// The bytes of such a file.
std::vector<std::uint8_t> encode_safetensors(const TensorMap& tensors,
                                             const std::map<std::string, std::string>& metadata);

}  // namespace latentrt::io
