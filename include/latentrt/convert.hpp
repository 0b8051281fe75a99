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
  /// What the input contains in addition to tensors, one sentence each. It is not written.
  std::vector<std::string> left_out;
};

/// Called with the number of bytes written so far and the total.
using ConversionProgress = std::function<void(std::uint64_t written, std::uint64_t all)>;

/// Writes the tensors of a PyTorch checkpoint (.ckpt, .pth, .pt, .bin) to a safetensors file, with
/// the same names, types and bits. If a checkpoint wraps its weights in a dictionary ("state_dict",
/// "params_ema", "params", "model", "string_to_param"), that dictionary is read; names in nested
/// dictionaries are joined with '.'. The input is parsed as data: nothing in it is imported or run.
/// A safetensors file is accepted too. The output is written atomically. Throws Error: not_found,
/// bad_file (damaged, or without tensors), unsafe_file (TorchScript), unsupported (from a
/// big-endian machine), invalid_argument if the output is the input or not a regular file,
/// io_error, cancelled.
LATENTRT_API Conversion convert_to_safetensors(const std::filesystem::path& input,
                                               const std::filesystem::path& output,
                                               const ConversionProgress& progress = {});

}  // namespace latentrt
