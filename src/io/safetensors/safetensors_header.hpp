#pragma once
/// The JSON header of a safetensors file, parsed and checked without touching the data.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "io/tensor_file.hpp"

namespace latentrt::io {

struct HeaderLimits {
  std::size_t max_tensors = 1'000'000;
  std::size_t max_metadata = 1'000'000;  ///< number of members, of any length
};

/// `text` is the header, `data_bytes` the size of the section after it: the tensors must tile it
/// exactly, without gap or overlap. Metadata is checked and not kept. Limits are checked while the
/// text is parsed. Throws Error(bad_file) that starts with `what` and names the tensor.
std::map<std::string, TensorInfo> parse_safetensors_header(std::string_view text,
                                                           std::uint64_t data_bytes,
                                                           std::string_view what,
                                                           const HeaderLimits& limits = {});

/// The metadata of a header that was accepted.
std::map<std::string, std::string> parse_safetensors_metadata(std::string_view text,
                                                              std::string_view what);

}  // namespace latentrt::io
