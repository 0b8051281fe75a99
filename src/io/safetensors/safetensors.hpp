#pragma once
/// Reader of the safetensors container. Every byte of the file is treated as hostile.

#include <filesystem>

#include "io/tensor_file.hpp"

namespace latentrt::io {

/// Metadata are read from the file again when they are first asked for, because they may be long
/// and are rarely needed. Throws Error: not_found, io_error, bad_file (naming file and tensor),
/// unsafe_file (pickle, zip, TorchScript).
TensorFile open_safetensors(const std::filesystem::path& file);

}  // namespace latentrt::io
