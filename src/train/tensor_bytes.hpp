#pragma once
/// Tensors of LibTorch as the bytes of safetensors files.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "io/tensor_file.hpp"
#include "nn/run/executor.hpp"

namespace latentrt::train {

/// A whole file. The tensors are fp32, bf16 or fp16, all of one type, on any device.
std::vector<std::uint8_t> encode_tensors(const nn::NamedTensors& tensors,
                                         const std::map<std::string, std::string>& metadata);

/// The tensors of the file that have the names, shapes and type (fp32) of those of `like`, on the
/// CPU. Throws Error(invalid_argument) that names the file and the first one that has not, and
/// what reading throws.
nn::NamedTensors read_like(const io::TensorFile& file, const nn::NamedTensors& like);

}  // namespace latentrt::train
