#pragma once
/// Conversion of LibTorch tensors to and from the contents of safetensors files.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "io/tensor_file.hpp"
#include "nn/run/executor.hpp"

namespace latentrt::train {

/// Returns the contents of a safetensors file. The tensors are fp32, bf16 or fp16, all of one type,
/// on any device.
std::vector<std::uint8_t> encode_tensors(const nn::NamedTensors& tensors,
                                         const std::map<std::string, std::string>& metadata);

/// Reads the tensors with the names of `like` to the CPU; they must be fp32 and of the same shapes.
/// Throws Error(invalid_argument) that names the file and the first tensor that is missing or does
/// not match, and whatever reading the file throws.
nn::NamedTensors read_like(const io::TensorFile& file, const nn::NamedTensors& like);

}  // namespace latentrt::train
