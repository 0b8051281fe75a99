#pragma once
/// Conversion of weight files to safetensors.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <latentrt/api.hpp>
#include <string>
#include <vector>

namespace latentrt {

struct Conversion {
  std::size_t tensors = 0;
  std::uint64_t bytes = 0;  ///< of the tensors
  /// What the input holds in addition to tensors, one sentence each. It is left out.
  std::vector<std::string> left_out;
};

/// Called with the bytes of tensors that are written, and with all.
using ConversionProgress = std::function<void(std::uint64_t written, std::uint64_t all)>;

/// Writes the tensors of a PyTorch checkpoint (.ckpt, .pth, .pt, .bin) to a safetensors file, with
/// the same names, types and bits. Of a checkpoint that wraps its weights ("state_dict",
/// "params_ema", "params", "model", "string_to_param") the wrapped dictionary is taken; names of
/// dictionaries in it are joined with '.'. The input is parsed as data: nothing in it is imported
/// or run. A safetensors file is accepted too. The output appears complete or not at all. Throws
/// Error: not_found, bad_file (damaged, or without tensors), unsafe_file (TorchScript), unsupported
/// (of a big-endian machine), invalid_argument if the output is the input or no regular file,
/// io_error, cancelled.
LATENTRT_API Conversion convert_to_safetensors(const std::filesystem::path& input,
                                               const std::filesystem::path& output,
                                               const ConversionProgress& progress = {});

}  // namespace latentrt
