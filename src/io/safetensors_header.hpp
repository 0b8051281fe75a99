#pragma once
/// The JSON header of a safetensors file, parsed and checked without touching the data.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "io/safetensors.hpp"

namespace latentrt::io {

struct SafetensorsHeader {
  std::map<std::string, TensorInfo> tensors;
  std::map<std::string, std::string> metadata;
};

/// `text` is the header, `data_bytes` the size of the section behind it: the tensors must tile it
/// exactly, without hole or overlap. Throws Error(bad_file) that starts with `what` and names the
/// tensor.
SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t data_bytes,
                                           std::string_view what);

}  // namespace latentrt::io
