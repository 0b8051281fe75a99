#pragma once
/// Host tensors for the engine's inputs and outputs, and safetensors files that hold them.

#include <cstdint>
#include <filesystem>
#include <latentrt/api.hpp>
#include <map>
#include <string>
#include <vector>

namespace latentrt {

/// Dense row-major fp32 values in host memory. data.size() is the product of shape.
struct HostTensor {
  std::vector<std::int64_t> shape;
  std::vector<float> data;
};

using TensorMap = std::map<std::string, HostTensor>;

/// Reads all tensors of a safetensors file, converted to fp32. Throws Error(not_found, bad_file,
/// ...).
LATENTRT_API TensorMap read_tensors(const std::filesystem::path& file);

/// Writes a safetensors file (F32) atomically, as OutputFiles does. Throws Error: invalid_argument
/// if a tensor's data does not match its shape or the target is not a regular file, io_error if the
/// system cannot write.
LATENTRT_API void write_tensors(const std::filesystem::path& file, const TensorMap& tensors);

/// The bytes of such a file.
LATENTRT_API std::vector<std::uint8_t> encode_tensors(const TensorMap& tensors);

}  // namespace latentrt
