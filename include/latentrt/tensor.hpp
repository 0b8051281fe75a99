#pragma once
/// Plain host tensors, for what goes into and comes out of the engine, and the files they live in.

#include <cstdint>
#include <filesystem>
#include <latentrt/api.hpp>
#include <map>
#include <string>
#include <vector>

namespace latentrt {

/// Dense row-major fp32 numbers in host memory. data.size() is the product of shape.
struct HostTensor {
  std::vector<std::int64_t> shape;
  std::vector<float> data;
};

using TensorMap = std::map<std::string, HostTensor>;

/// Reads every tensor of a safetensors file, converted to fp32. Throws Error(not_found, bad_file,
/// ...).
LATENTRT_API TensorMap read_tensors(const std::filesystem::path& file);

/// Writes a safetensors file (F32) that appears whole or not at all, as OutputFiles does. Throws
/// Error: invalid_argument when a tensor's data and shape do not fit or the target is not a regular
/// file, io_error when the system refuses.
LATENTRT_API void write_tensors(const std::filesystem::path& file, const TensorMap& tensors);

/// The bytes of that file.
LATENTRT_API std::vector<std::uint8_t> encode_tensors(const TensorMap& tensors);

}  // namespace latentrt
